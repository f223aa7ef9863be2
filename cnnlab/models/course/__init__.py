"""The course's networks, written to be read: each file needs torch alone and can be copied out as it is."""
