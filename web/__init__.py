"""The station's local web page. It will know ``station``; nothing knows it. Empty until the page is built."""
