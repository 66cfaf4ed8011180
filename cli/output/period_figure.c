/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts stars by class, the most numerous class beneath, and draws them. */
#include "cli/output/period_figure.h"

#include "cli/shell/report.h"
#include "lib/base/memory.h"
#include "plots/scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int cli_stars_add(cli_stars *s, double period, double range, int class, nn_error *error)
{
    if (s->count == s->room) {
        const size_t room = 2 * s->room + 512;
        double *periods = nn_resize(s->period, room, sizeof *periods, 1);
        s->period = periods ? periods : s->period;
        double *ranges = nn_resize(s->range, room, sizeof *ranges, 1);
        s->range = ranges ? ranges : s->range;
        int *classes = nn_resize(s->class, room, sizeof *classes, 1);
        s->class = classes ? classes : s->class;
        if (!periods || !ranges || !classes)
            return nn_no_memory(error);
        s->room = room;
    }
    s->period[s->count] = period;
    s->range[s->count] = range;
    s->class[s->count++] = class;
    return NN_OK;
}

void cli_stars_clear(cli_stars *s)
{
    free(s->period);
    free(s->range);
    free(s->class);
    *s = (cli_stars){0};
}

typedef struct sorted {
    double *x, *y;
    pl_scatter_group group[PL_MOST_GROUPS];
    int count;
} sorted;

/* The stars of a class, those without one as the last group. */
static void sort_class(sorted *to, size_t *at, const cli_stars *s, int class, const char *name)
{
    pl_scatter_group *g = &to->group[to->count];
    *g = (pl_scatter_group){.name = name, .x = to->x + *at, .y = to->y + *at};
    for (size_t i = 0; i < s->count; i++)
        if (s->class[i] == class) {
            to->x[*at] = s->period[i];
            to->y[(*at)++] = s->range[i];
            g->count++;
        }
    to->count += g->count > 0;
}

static int by_number(const void *a, const void *b)
{
    const pl_scatter_group *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->name, y->name);
}

int cli_stars_draw(const cli_stars *s, const ds_catalogue *catalogue, const char *name, const char *unit,
                   cli_figure *figure, nn_error *error)
{
    const int classes = catalogue ? ds_catalogue_categories(catalogue, 0) : 0;
    sorted to = {.x = calloc(s->count + 1, sizeof(double)), .y = calloc(s->count + 1, sizeof(double))};
    size_t at = 0, known = 0;
    char title[300], y_title[80];
    int code = to.x && to.y ? NN_OK : nn_no_memory(error);
    if (!code && classes >= PL_MOST_GROUPS)
        code = nn_fail(error, NN_USAGE, "the picture of periods has room for %d classes, not %d",
                       PL_MOST_GROUPS - 1, classes);
    for (int c = 0; c < classes && !code; c++)
        sort_class(&to, &at, s, c, ds_catalogue_category(catalogue, 0, c));
    if (!code)
        sort_class(&to, &at, s, -1, catalogue ? "without a label" : "stars");
    for (size_t i = 0; i < s->count; i++)
        known += isfinite(s->period[i]);
    snprintf(title, sizeof title, "%.200s: %zu periods", name, known);
    snprintf(y_title, sizeof y_title, "range, %.60s", unit);
    if (!code && to.count > 1)
        qsort(to.group, (size_t)to.count, sizeof *to.group, by_number);
    const pl_scatter_plot plot = {.title = title,
                                  .x_title = "period, days",
                                  .y_title = y_title,
                                  .log_x = true,
                                  .log_y = true,
                                  .groups = to.group,
                                  .group_count = to.count};
    if (!code)
        code = cli_figure_end(figure, pl_scatter(&plot, cli_figure_begin(figure), error));
    free(to.x);
    free(to.y);
    return code;
}
