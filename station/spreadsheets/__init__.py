"""Lists that offices make: workbooks and text files, cell by cell as people see them."""
