"""This PC: its clock, its processor, its network addresses, systemd and its journal."""
