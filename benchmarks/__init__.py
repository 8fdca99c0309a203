"""How fast the library is, how much memory it takes and how exact it is, beside other programs."""
