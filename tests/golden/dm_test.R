# SPDX-License-Identifier: GPL-3.0-or-later
# Prints the table of tests/test_skill.c: Rscript dm_test.R. Needs r-cran-forecast (8.20 printed what is there).
library(forecast)
options(warn = 2)
for (n in c(40, 150)) {
    t <- 1:n
    e1 <- ((7 * t * t + 3 * t) %% 41) / 20 - 1
    e2 <- ((5 * t * t + 11 * t) %% 53) / 24 - 1.1
    for (h in c(1, 2, 5, 12)) for (power in 1:2) {
        value <- function(alternative)
            dm.test(e1, e2, alternative, h = h, power = power, varestimator = "bartlett")
        cat(sprintf("{%d, %d, %d, %.17g, %.17g, %.17g, %.17g},\n", n, h, power, value("two.sided")$statistic,
            value("two.sided")$p.value, value("less")$p.value, value("greater")$p.value))
    }
}
