# SPDX-License-Identifier: GPL-3.0-or-later
# Writes irish_wind.csv from the data set `wind` of the R package gstat:
#   apt-get install --no-install-recommends r-cran-gstat
#   Rscript make_irish_wind.R > irish_wind.csv
# An argument names another wind.rda, such as one unpacked from the .deb with dpkg -x.
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) > 0) load(arguments[1]) else data("wind", package = "gstat")

stations <- c("RPT", "VAL", "ROS", "KIL", "SHA", "BIR", "DUB", "CLA", "MUL", "CLO", "BEL", "MAL")
date <- as.Date(sprintf("%d-%02d-%02d", 1900L + wind$year, wind$month, wind$day))
stopifnot(nrow(wind) == 6574, !anyNA(wind), all(diff(date) == 1), setequal(names(wind)[-(1:3)], stations))

# Up to 15 digits give back the decimal that was read when the package was made.
write.csv(data.frame(date = format(date), wind[stations]), stdout(), row.names = FALSE, quote = FALSE)
