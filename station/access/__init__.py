"""Who may use the page: users and PINs, paired devices, the TLS certificate."""
