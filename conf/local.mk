# Samples for the web servers and systemd; @NAMES@ in them are filled by quickstart or by hand.
