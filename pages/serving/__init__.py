"""What stands around the pages: the server's headers, closed doors, uploads, component scripts, and what nobody caught."""
