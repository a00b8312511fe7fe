"""What the Makefile calls. Set-up uses the standard library only: it runs before anything is installed."""
