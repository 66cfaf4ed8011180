/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder for pictures, and a plot of every kind with one name wherever a name can stand. */
#ifndef TESTS_PLOT_SAMPLES_H
#define TESTS_PLOT_SAMPLES_H

#include "lib/files/output.h"
#include "plots/plot.h"
#include "plots/run.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/cmocka_all.h"

/* --- surroundings --- */

static char folder[64];
static int before = -1;
static bool installed;

static inline int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_plots_XXXXXX");
    before = open(".", O_RDONLY | O_DIRECTORY);
    return before < 0 || !mkdtemp(folder) || chdir(folder) ? -1 : 0;
}

/* Fails where files were left that the test did not remove: pictures are, through remove_files. */
static inline int tear_down(void **state)
{
    (void)state;
    unsetenv("AUSPEX_GNUPLOT");
    int failed = fchdir(before);
    close(before);
    return rmdir(folder) || failed;
}

static inline int count_files(void)
{
    int count = 0;
    DIR *d = opendir(".");
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return count;
}

static inline char *contents(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is not there", path);
    char *text = calloc(1, 1 << 24);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 24) - 1, file);
    fclose(file);
    return text;
}

static inline void need_gnuplot(void)
{
    if (!installed) {
        print_message("gnuplot is not installed\n");
        skip();
    }
}

/* --- sample plots: every kind, with one name wherever a name can stand --- */

enum { HISTORY = 200, HORIZON = 48, KINDS = 5 };

static const ds_time start = INT64_C(1467331200) * DS_SECOND; /* 2016-07-01 00:00 */

static inline int plot_forecast(const char *name, int panels, ds_frequency frequency, const pl_target *target,
                                nn_error *e)
{
    static ds_time time[HISTORY + HORIZON];
    static double value[HISTORY + HORIZON], naive[HORIZON];
    for (int i = 0; i < HISTORY + HORIZON; i++) {
        time[i] = ds_time_add(frequency, frequency.unit == DS_UNIT_STEP ? 0 : start, i);
        value[i] = i == 50 ? NAN : 10 * sin(0.26 * i);
    }
    for (int i = 0; i < HORIZON; i++)
        naive[i] = value[HISTORY - 1];
    pl_forecast_panel panel[12];
    for (int i = 0; i < panels && i < 12; i++)
        panel[i] = (pl_forecast_panel){.title = name,
                                       .history = {name, time, value, HISTORY},
                                       .forecast = {name, time + HISTORY, value + HISTORY, HORIZON},
                                       .truth = {name, time + HISTORY, value + HISTORY, HORIZON},
                                       .naive = {name, time + HISTORY, naive, HORIZON}};
    return pl_forecast(&(pl_forecast_plot){name, frequency, panel, panels, 0}, target, e);
}

static inline int plot_kind(int kind, const char *name, const pl_target *target, nn_error *e)
{
    static const double falling[5] = {0.9, 0.6, 0.5, NAN, 0.45};
    static const double map[6] = {0.1, -0.9, NAN, 0.5, 0, 1};
    const char *const names[3] = {name, name, name};
    if (kind == 0)
        return plot_forecast(name, 3, (ds_frequency){.unit = DS_UNIT_HOUR, .count = 1}, target, e);
    if (kind == 1)
        return pl_loss(&(pl_loss_plot){name, name, falling, falling, 5, 3, 0.7}, target, e);
    if (kind == 2)
        return pl_heatmap(&(pl_heatmap_plot){name, name, name, name, names, names, 2, 3, map, true}, target,
                          e);
    if (kind == 4) {
        static const double x[3] = {0, 100, 50}, y[3] = {0, 0, 20};
        return pl_station_map(&(pl_station_map_plot){name, name, name, name, names, x, y, map, 3}, target, e);
    }
    const pl_curve curves[2] = {{name, falling, 5}, {name, map, 6}};
    return pl_curves(&(pl_curves_plot){name, name, name, curves, 2}, target, e);
}

/* Runs with standard output in a file, and gives back what came. */
static inline char *drawn_as_text(int kind, const char *name, bool colour, int columns)
{
    nn_error e = {0};
    fflush(stdout);
    int saved = dup(1), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(saved >= 0 && file >= 0 && dup2(file, 1) == 1);
    int code = plot_kind(kind, name, &(pl_target){.columns = columns, .rows = 24, .colour = colour}, &e);
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    close(file);
    if (code)
        fail_msg("%s", e.text);
    size_t length;
    char *text = contents("out", &length);
    unlink("out");
    return text;
}

#endif
