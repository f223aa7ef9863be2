"""What app.py hangs into the server, around the pages."""
