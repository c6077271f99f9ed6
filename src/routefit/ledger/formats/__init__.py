"""Other tools' files, turned row by row into the columns of the interchange format; one module each."""
