/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex anomalies: the values of a file that lie outside what could be expected of them; the objects of a
 * survey that are unlike those that a classifier was trained on. */
#include "cli/commands/lightcurves/strange.h"
#include "cli/input/automatic.h"
#include "cli/input/holidays.h"
#include "cli/input/source.h"
#include "cli/output/series_figure.h"
#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "datasets/series/season.h"
#include "forecast/scores/watch.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/learnt.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_strange_settings strange;
    char *output, *model, *plot, *script;
    double level, train;
    int horizon, season, window, all, json, threads, last;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the CSV goes; -: standard output"},
    {"all", 0, NN_FLAG, FIELD(all), "false", NULL, 0, 0,
     "write every row, or object, that was judged, not only those marked"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0,
     "one JSON document on standard output; CSV only with -o"},
    {"level", 0, NN_REAL, FIELD(level), "99", "PERCENT", 50, 99.999,
     "so many percent of ordinary values, or objects, lie inside; the others are false alarms"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option picture_options[] = {
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw values, intervals and marks: .png, .svg or .pdf; -: text art in the terminal"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"last", 0, NN_INT, FIELD(last), "0", "N", 0, 1000000000, "rows in the picture, from the end; 0: all"},
    {0}};
static const nn_option how_options[] = {
    {"horizon", 0, NN_INT, FIELD(horizon), "1", "N", 1, 100000,
     "steps ahead of the forecast that a value stands beside"},
    {"model", 0, NN_TEXT, FIELD(model), NULL, "MODEL", 0, 0,
     "a model's file, or a kind that is fitted at once, such as stl; unless given auto, and for long files "
     "linear"},
    {"train", 0, NN_REAL, FIELD(train), "0.3333", "SHARE", 0.01, 0.9,
     "the first rows of each series that its forecaster is fitted to; they are not judged"},
    {"window", 0, NN_INT, FIELD(window), "0", "N", 0, 100000000,
     "errors that an interval goes by, the last ones; 0: ten times as many as the level needs"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season; 0: of the step between rows, or the cycle that the rows show"},
    {0}};
/* Roughly the seconds of processor time for one row of another row's past, and how many are put up with. */
static const double auto_cost = 5e-7, auto_patience = 5;

typedef struct job {
    const settings *s;
    fc_model *model; /* NULL: none */
    cli_source source;
    fc_watch_settings how;
    fc_watch *watch;
    int count;
    size_t judged, marks, small;
    int left_out; /* series that are too short */
} job;

/* --- watching --- */

static int choose_kind(job *j, const ds_table *table, nn_error *error)
{
    const char *name = j->s->model;
    const double cells = (double)table->rows * (double)table->rows * (double)table->columns / 2;
    if (!name)
        name = cells * auto_cost < auto_patience ? "auto" : "linear";
    j->how.kind = fc_kind_find(name);
    if (!j->how.kind || !j->how.kind->forecaster)
        return nn_fail(error, NN_USAGE,
                       "--model: '%.200s' is neither a model's file nor a kind that is fitted at once", name);
    return NN_OK;
}

static int watch_series(job *j, const char *path, nn_error *error)
{
    nn_pool *pool = NULL;
    ds_season season = {.rows = j->s->season};
    int code = cli_holidays_refuse(&j->s->reading, "series without a model's file", error);
    if (!code)
        code = cli_automatic_read(&j->source.table, path, &j->s->reading, error);
    const ds_table *table = j->source.table;
    if (!code)
        code = choose_kind(j, table, error);
    if (!code && !season.rows)
        code = ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    j->how.season = season.rows;
    if (!code)
        code = nn_pool_new(&pool, j->s->threads, error);
    cli_progress("watching %d series ...", code ? 0 : table->columns);
    if (!code)
        code = fc_watch_series(&j->watch, table, &j->how, pool, error);
    cli_progress_end();
    j->count = code ? 0 : table->columns;
    nn_pool_free(pool);
    return code;
}

/* Errors of rows that a model learnt from are smaller than those of others. */
static int find_first(const job *j, size_t *first, nn_error *error)
{
    const ds_table *table = j->source.table;
    size_t learnt, least = j->model->kind->forecaster ? 1 : (size_t)j->model->lookback;
    *first = least > (size_t)j->s->horizon ? least : (size_t)j->s->horizon;
    int code = fc_learnt_count(&learnt, j->model, table, (ds_part){0, table->rows}, error);
    if (code || !learnt)
        return code;
    size_t low = 0, end = table->rows; /* where the last of them ends */
    while (low < end && !code) {
        const size_t middle = (low + end) / 2;
        code = fc_learnt_count(&learnt, j->model, table, (ds_part){middle, table->rows}, error);
        if (learnt)
            low = middle + 1;
        else
            end = middle;
    }
    if (table->rows - end > 2 * FC_WATCH_LEAST)
        *first = end > *first ? end : *first;
    else
        cli_say_note(
            "the model learnt from these rows: its errors there are smaller than elsewhere, and what "
            "is marked depends on that");
    return code;
}

static int watch_model(job *j, char *const *paths, nn_error *error)
{
    size_t first;
    int code = fc_model_load(&j->model, FC_FORECASTS, j->s->model, error);
    if (code)
        return code;
    if (fc_model_panel(j->model) || fc_model_market(j->model))
        return nn_fail(error, NN_USAGE, "%s is a model of %s, and rows of a table are watched here",
                       j->s->model, fc_model_panel(j->model) ? "stations" : "prices");
    if (j->s->horizon > j->model->horizon)
        return nn_fail(error, NN_USAGE, "--horizon %d: the model forecasts %d steps", j->s->horizon,
                       j->model->horizon);
    code = cli_source_read_for(&j->source, paths, 1, &j->s->reading, j->model, 0, error);
    if (!code)
        code = find_first(j, &first, error);
    cli_progress("watching ...");
    if (!code)
        code = fc_watch_model(&j->watch, &j->count, j->model, j->source.table, first, &j->how, j->s->threads,
                              error);
    cli_progress_end();
    return code;
}

/* --- telling --- */

static const char *stamp(const ds_table *table, size_t row, char text[64])
{
    if (table->layout.timed)
        ds_time_print(&table->layout.format, table->time[row], text, 64);
    else
        snprintf(text, 64, "%lld", (long long)table->time[row] + 1);
    return text;
}

static double value_of(const ds_table *table, const fc_watch *w, size_t i)
{
    return table->values[(w->first + i) * (size_t)table->columns + (size_t)w->column];
}

/* How many half widths a value is from what was expected; no number says how far an interval without width is
 * passed. */
static double score_of(const fc_watch *w, size_t i, double value)
{
    const double off = fabs(value - w->expected[i]);
    return off <= 0 ? 0 : w->width[i] > 0 ? off / w->width[i] : INFINITY;
}

static bool told(const job *j, const fc_watch *w, size_t i, double value)
{
    return !isnan(w->width[i]) && !isnan(value) && (j->s->all || w->marked[i]);
}

static void put_number(FILE *out, double value)
{
    fputc(',', out);
    nn_csv_number(out, value, 9);
}

static int write_csv(const job *j, nn_error *error)
{
    const ds_table *table = j->source.table;
    nn_output *output = nn_output_open(j->s->output, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fprintf(out, "%s,series,value,expected,lo,hi,score,p,anomaly\n",
            table->layout.timed ? table->layout.time_name : "row");
    for (int k = 0; k < j->count; k++) {
        const fc_watch *w = &j->watch[k];
        for (size_t i = 0; i < w->count; i++) {
            const double value = value_of(table, w, i);
            char text[64];
            if (!told(j, w, i, value))
                continue;
            nn_csv_field(out, stamp(table, w->first + i, text));
            fputc(',', out);
            nn_csv_field(out, table->names[w->column]);
            put_number(out, value);
            put_number(out, w->expected[i]);
            put_number(out, w->expected[i] - w->width[i]);
            put_number(out, w->expected[i] + w->width[i]);
            fputc(',', out);
            nn_csv_number(out, score_of(w, i, value), 4);
            fprintf(out, ",%.4g,%d\n", w->p[i], w->marked[i]);
        }
    }
    return nn_output_commit(output, error);
}

static json_t *rows_json(const job *j, const fc_watch *w)
{
    const ds_table *table = j->source.table;
    json_t *rows = json_array();
    for (size_t i = 0; i < w->count; i++) {
        const double value = value_of(table, w, i);
        if (!told(j, w, i, value))
            continue;
        json_t *one = json_object();
        nn_json_set(one, "time", cli_json_time(table, table->time[w->first + i]));
        nn_json_set(one, "value", nn_json_real(value));
        nn_json_set(one, "expected", nn_json_real(w->expected[i]));
        nn_json_set(one, "lo", nn_json_real(w->expected[i] - w->width[i]));
        nn_json_set(one, "hi", nn_json_real(w->expected[i] + w->width[i]));
        nn_json_set(one, "score", nn_json_real(score_of(w, i, value)));
        nn_json_set(one, "p", nn_json_real(w->p[i]));
        nn_json_set(one, "anomaly", json_boolean(w->marked[i]));
        nn_json_append(rows, one);
    }
    return rows;
}

static int print_json(const job *j, nn_error *error)
{
    json_t *object = cli_json_new("auspex.anomalies/1"), *series = json_array();
    nn_json_set(object, "file", nn_json_text(j->source.table->path));
    nn_json_set(object, "model", nn_json_text(j->model ? j->model->kind->name : j->how.kind->name));
    nn_json_set(object, "level", nn_json_real(j->s->level));
    nn_json_set(object, "horizon", json_integer(j->s->horizon));
    nn_json_set(object, "judged", json_integer((json_int_t)j->judged));
    nn_json_set(object, "marked", json_integer((json_int_t)j->marks));
    nn_json_set(object, "false_alarms", nn_json_real((double)j->judged * (1 - j->how.level)));
    for (int k = 0; k < j->count; k++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(j->source.table->names[j->watch[k].column]));
        nn_json_set(one, "judged", json_integer((json_int_t)j->watch[k].judged));
        nn_json_set(one, "marked", json_integer((json_int_t)j->watch[k].marks));
        nn_json_set(one, "rows", rows_json(j, &j->watch[k]));
        nn_json_append(series, one);
    }
    nn_json_set(object, "series", series);
    return cli_json_print_values(object, error);
}

/* Counts and honesty: what would be marked if nothing were amiss. */
static void say(const job *j)
{
    const ds_table *table = j->source.table;
    char judged[40], from[64], to[64];
    size_t first = table->rows;
    for (int k = 0; k < j->count; k++)
        if (j->watch[k].judged && j->watch[k].first < first)
            first = j->watch[k].first;
    if (!j->judged) {
        cli_say_note("nothing was judged: %d series %s too short for a forecaster and %d errors of it",
                     j->left_out, j->left_out == 1 ? "is" : "are", FC_WATCH_LEAST);
        return;
    }
    cli_say("%s, from %s to %s by %s, %d step%s ahead: %zu of %s values judged are marked (%.2f%%); were "
            "nothing amiss, about %.*f would be (%.4g%%)",
            nn_base_name(table->path), stamp(table, first, from), stamp(table, table->rows - 1, to),
            j->model ? j->model->kind->name : j->how.kind->name, j->s->horizon, j->s->horizon == 1 ? "" : "s",
            j->marks, cli_count(j->judged, judged), 100 * (double)j->marks / (double)j->judged,
            (double)j->judged * (1 - j->how.level) < 10 ? 1 : 0, (double)j->judged * (1 - j->how.level),
            100 - j->s->level);
    if (j->small)
        cli_say_note("%zu of them stand beside fewer errors than %.4g%% needs (%.0f); their intervals go by "
                     "Student's t, which is a guess about the tails",
                     j->small, j->s->level, ceil(1 / (1 - j->how.level)) - 1);
    if (j->left_out)
        cli_say_note("%d of %d series are too short to be judged", j->left_out, j->count);
}

/* --- the picture --- */

static int draw_one(cli_panels *panels, const job *j, const fc_watch *w, size_t from, nn_error *error)
{
    const ds_table *table = j->source.table;
    const size_t begin = w->first > from ? w->first : from, rows = table->rows - from;
    const size_t skip = begin - w->first, count = w->count > skip ? w->count - skip : 0;
    pl_forecast_panel *panel = cli_panels_add(panels, table->names[w->column]);
    double *room = malloc((3 * count + 1) * sizeof *room), *low = room, *high = room + count,
           *mark = room + 2 * count;
    int code = room ? NN_OK : nn_no_memory(error);
    for (size_t i = 0; i < count && !code; i++) {
        const size_t at = skip + i;
        low[i] = w->expected[at] - w->width[at];
        high[i] = w->expected[at] + w->width[at];
        mark[i] = w->marked[at] ? value_of(table, w, at) : NAN;
    }
    const ds_time *time = table->time + begin;
    if (!code && panel)
        code = cli_panels_line(panels, &panel->truth,
                               &(cli_strip){"values", table->time + from,
                                            table->values + from * (size_t)table->columns, w->column,
                                            table->columns, rows},
                               error);
    if (!code && panel && count) {
        panel->band_count = 1;
        code =
            cli_panels_line(panels, &panel->bands[0].low, &(cli_strip){NULL, time, low, 0, 1, count}, error);
    }
    if (!code && panel && count)
        code = cli_panels_line(panels, &panel->bands[0].high, &(cli_strip){NULL, time, high, 0, 1, count},
                               error);
    if (!code && panel && count)
        code = cli_panels_line(panels, &panel->marks, &(cli_strip){"marked", time, mark, 0, 1, count}, error);
    free(room);
    return code;
}

/* Series with marks come first: a picture has room for twelve. */
static int draw(const job *j, cli_figure *figure, nn_error *error)
{
    const ds_table *table = j->source.table;
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    const size_t last = (size_t)j->s->last, from = last && last < table->rows ? table->rows - last : 0;
    char title[300];
    int code = NN_OK;
    for (int marked = 1; marked >= 0; marked--)
        for (int k = 0; k < j->count && !code; k++)
            if ((j->watch[k].marks > 0) == (marked > 0))
                code = draw_one(&panels, j, &j->watch[k], from, error);
    snprintf(title, sizeof title, "%.200s: values outside %.4g%%", nn_base_name(table->path), j->s->level);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    return code;
}

/* --- the command --- */

static int give(job *j, cli_figure *figure, nn_error *error)
{
    int code = NN_OK;
    for (int k = 0; k < j->count; k++) {
        j->judged += j->watch[k].judged;
        j->marks += j->watch[k].marks;
        j->small += j->watch[k].small;
        j->left_out += !j->watch[k].judged;
    }
    if (!j->s->json || strcmp(j->s->output, "-") != 0)
        code = write_csv(j, error);
    if (!code && j->s->json)
        code = print_json(j, error);
    if (!code)
        say(j);
    return !code && cli_figure_wanted(figure) ? draw(j, figure, error) : code;
}

static int run_objects(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    return cli_strange_run(run, &s->strange,
                           &(cli_strange_form){.output = s->output,
                                               .level = s->level,
                                               .all = s->all != 0,
                                               .json = s->json != 0,
                                               .threads = s->threads},
                           error);
}

static int run_values(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    cli_figure figure = cli_figure_make(s->plot, s->script, true);
    job j = {.s = s,
             .how = {.level = s->level / 100,
                     .horizon = s->horizon,
                     .window = (size_t)s->window,
                     .train = s->train,
                     .season = 1}};
    int code =
        run->operand_count > 1
            ? nn_fail(error, NN_USAGE, "'%.100s' is too much: values of a table are judged by --model MODEL",
                      run->operands[1])
            : cli_check_input(run->operands[0], error);
    if (!code && fc_is_model_file(run->operands[0]))
        code = nn_fail(error, NN_USAGE, "%.200s is a model; --model takes it, and the data stand here",
                       run->operands[0]);
    if (!code)
        code = cli_figure_check(&figure, error);
    nn_pool_blas_alone();
    if (!code)
        code = s->model && fc_is_model_file(s->model) ? watch_model(&j, run->operands, error)
                                                      : watch_series(&j, run->operands[0], error);
    if (!code)
        code = give(&j, &figure, error);
    fc_watch_free(j.watch, j.count);
    cli_source_clear(&j.source);
    fc_model_free(j.model);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    return (run->purpose == FC_CLASSIFIES ? run_objects : run_values)(run, error);
}

static const cli_section sections[] = {{"Output", options, 0}, {0}};
static const cli_section value_sections[] = {{"Picture", picture_options, 0},
                                             {"What is expected", how_options, 0},
                                             {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
                                             {CLI_READING, ds_reading_options, FIELD(reading)},
                                             {0}};
static const cli_section object_sections[] = {
    {"Objects", cli_strange_options, FIELD(strange)},
    {"Table of objects", cli_metadata_options, FIELD(strange.metadata)},
    {"Reading photometry", cli_photometry_options, FIELD(strange.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(strange.photometry)},
    {0}};
static const cli_example examples[] = {
    {"auspex anomalies sensors.csv --plot sensors.png", "what is marked, as CSV, and a picture"},
    {"auspex anomalies sales.csv --level 95 --all -o judged.csv", "every row with its interval"},
    {"auspex anomalies load.csv --model load.safetensors", "by a model that was trained on earlier rows"},
    {"auspex anomalies sky.csv forest.safetensors -n 20", "the strangest objects of a survey, and why"},
    {NULL, NULL}};

const cli_command cli_anomalies = {
    .name = "anomalies",
    .summary = "mark values, or light curves, that lie outside what could be expected of them",
    .synopsis =
        "DATA.csv [--level PERCENT] [--model MODEL] [OPTION...] | PHOTOMETRY MODEL [-n N] [OPTION...]",
    .about =
        "A forecaster is fitted to the first third of each series; every later value then stands beside a "
        "forecast made without it, one step ahead, and beside the errors of the forecasts before: where its "
        "own is larger than 99% of them, it is marked (conformal prediction over a moving window). So one "
        "value in a hundred is marked though nothing is amiss; the line on standard error says how many "
        "these would be.\n\n"
        "p is the share of earlier errors that were at least as large, the score how many half widths of the "
        "interval the value is off: above 1 it is marked. With fewer errors than the level needs (99 for "
        "99%) intervals go by Student's t, which is said. A marked value counts as what was expected of it "
        "in later forecasts, so that it does not mark its neighbours; after three in a row the values count, "
        "for then there is a new level. Missing values are not judged.\n\n"
        "With a model's file the rows behind those that it learnt from are judged; a network sees all values "
        "as they are.\n\n"
        "With a classifier of light curves objects are judged: those whose novelty, the share of objects "
        "like the training ones that are more usual, reaches the level come out, the strangest first, with "
        "the class that they are called and with reasons: numbers that lie outside those of any object "
        "trained on, or of that class, or far from its mean. The distance is Mahalanobis' from the centre "
        "of the training objects, in what the network makes of objects before its last layer.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = value_sections, [FC_CLASSIFIES] = object_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 2,
    .operands = "DATA.csv, or PHOTOMETRY MODEL",
    .run = run,
};
