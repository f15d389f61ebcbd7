"""Values to bytes: reports in every form (``formats``), and what the other commands show."""
