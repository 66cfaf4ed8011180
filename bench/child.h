/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program started afresh, and files for it to read. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include "lib/base/error.h"

#include <stddef.h>

/* Runs arguments[0] (a path) and waits. What it prints goes into output (cut, terminated); output NULL: to
 * /dev/null. NN_FAILED unless it ends with 0. */
int bench_child_run(char *const arguments[], char *output, size_t size, nn_error *error);

/* A fresh folder for files; removed with the named files in it. */
int bench_folder_make(char path[256], nn_error *error);
void bench_folder_remove(const char *path);

/* Files in the shape of published ones. */
typedef enum bench_csv_kind {
    BENCH_WEATHER, /* 21 columns with 2 decimals, every 10 minutes */
    BENCH_ETT      /* 7 columns of 15 to 17 digits, every 15 minutes */
} bench_csv_kind;
/* A row for each stamp, or for each value: unique_id, ds, y. */
typedef enum bench_csv_form { BENCH_WIDE, BENCH_BY_SERIES, BENCH_BY_TIME } bench_csv_form;
/* rows: stamps. */
int bench_csv_write(const char *path, bench_csv_kind kind, bench_csv_form form, size_t rows, nn_error *error);

#endif
