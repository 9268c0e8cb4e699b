//! A share's content as a value: made from folders or at random, edited, loaded into a share and read back.
