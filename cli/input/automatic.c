/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits what a forecast without a model's file needs. */
#include "cli/input/automatic.h"

#include "cli/input/by_data.h"
#include "cli/input/known.h"
#include "cli/input/past.h"
#include "cli/input/to_come.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/series/doubts.h"
#include "datasets/series/season.h"
#include "datasets/stations/panel.h"
#include "datasets/table/holidays.h"
#include "forecast/forecaster.h"
#include "forecast/training/fit.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEARS = 6, ROWS = 10, ALWAYS = 1000, TIMES = 10 };
enum { FOLDS = 10 }; /* the validation part has such a share of the rows */

int cli_automatic_read(ds_table **table, const char *path, const cli_reading *reading, nn_error *error)
{
    const cli_reading kept =
        ds_reading_keeping(reading, !cli_given("on-missing"), !cli_given("on-gap"), false);
    const int code = cli_read_table(table, path, &kept, 0, error);
    if (!code)
        ds_doubts_say_squares(*table, cli_say_line, NULL);
    return code;
}

int cli_automatic_horizon(int *horizon, const cli_automatic *how, const ds_table *table, nn_error *error)
{
    const int most = table->rows > ALWAYS / TIMES ? (int)(TIMES * table->rows) : ALWAYS;
    ds_season season = {.rows = how->season};
    *horizon = how->horizon;
    if (how->horizon > most)
        return nn_fail(error, NN_USAGE,
                       "--horizon %d: %s has %zu rows, which say nothing of more than %d to come",
                       how->horizon, table->path, table->rows, most);
    if (how->season > most) /* each of its rows would have a state */
        return nn_fail(error, NN_USAGE,
                       "--season %d: %s has %zu rows, which say nothing of a season of more than %d",
                       how->season, table->path, table->rows, most);
    if (how->horizon)
        return NN_OK;
    const int code =
        how->season ? NN_OK : ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    *horizon = season.rows > 1 ? season.rows : table->frequency.unit == DS_UNIT_YEAR ? YEARS : ROWS;
    *horizon = *horizon < most ? *horizon : most;
    if (!code)
        cli_say_note("%d rows are forecast%s; --horizon says how many", *horizon,
                     season.rows > 1 ? ", one season" : "");
    return code;
}

/* The columns, or those of values of a long file, that are not in a list; malloced. */
static char *list_others(const ds_table *table, const char *futures)
{
    const ds_layout *l = &table->layout;
    const int count = l->longform ? l->value_count : table->columns;
    char *list = strdup("");
    for (int g = 0; g < count && list; g++) {
        const char *name = l->longform ? l->value_names[g] : table->names[g];
        if (!nn_list_has(futures, name))
            nn_list_add(&list, name);
    }
    return list;
}

/* Beside what else is known. */
static int add_holidays(cli_to_come *known, fc_request *request, nn_error *error)
{
    char *list = strdup(request->futures ? request->futures : "");
    if (list)
        nn_list_add(&list, DS_HOLIDAY);
    free(known->futures);
    request->futures = known->futures = list;
    return list ? NN_OK : nn_no_memory(error);
}

/* A column that was always the same tells nothing of what else it may mean. */
static bool is_constant(const ds_table *past, const char *name)
{
    const ds_layout *l = &past->layout;
    double seen = NAN;
    for (int c = 0; c < past->columns; c++) {
        if (strcmp(past->names[c], name) != 0 &&
            !(l->longform && strcmp(l->value_names[c % l->value_count], name) == 0))
            continue;
        for (size_t r = 0; r < past->rows; r++) {
            const double value = past->values[r * (size_t)past->columns + (size_t)c];
            if (isnan(value) || value == seen)
                continue;
            if (!isnan(seen))
                return false;
            seen = value;
        }
    }
    return true;
}

/* Of the columns known beforehand those that changed in the past; the others are no series either. */
static int leave_constant_out(cli_to_come *known, fc_request *request, const ds_table *past, nn_error *error)
{
    char *changing = strdup(""), *constant = strdup("");
    const char *item;
    size_t length;
    for (const char *at = request->futures; changing && constant && nn_list_next(&at, &item, &length);) {
        char *name = strndup(item, length);
        if (name)
            nn_list_add(is_constant(past, name) ? &constant : &changing, name);
        else
            constant = (free(constant), NULL);
        free(name);
    }
    const bool some = constant && *constant;
    int code = changing && constant ? NN_OK : nn_no_memory(error);
    if (!code && some && !request->targets &&
        !(request->targets = known->targets = list_others(request->table, request->futures)))
        code = nn_no_memory(error);
    if (!code && some) {
        cli_say_note(
            "'%.200s' is the same in all past rows, which do not tell what another value would mean, and "
            "is left out",
            constant);
        free(known->futures);
        known->futures = changing;
        request->futures = *changing ? changing : NULL;
        changing = NULL;
    }
    free(changing);
    free(constant);
    return code;
}

/* What is to be forecast, by what is known beforehand; *past becomes the rows that have values of it. */
static int find_known(cli_to_come *known, ds_table *past, const cli_automatic *how, fc_request *request,
                      nn_error *error)
{
    const bool strict = request->reading->strict;
    int code = how->target || how->future ? NN_OK : cli_to_come_find(known, request->table, strict, error);
    request->targets = how->target ? how->target : known->targets;
    request->futures = how->future ? how->future : known->futures;
    if (!code && request->table->holidays)
        code = add_holidays(known, request, error);
    if (!code && request->futures)
        *past = cli_past(request->table, request);
    else if (!code && how->target && !cli_given("model"))
        cli_past_mention(request->table, request);
    return code || !request->futures ? code : leave_constant_out(known, request, past, error);
}

/* The kind, which goes by what is known beforehand or leaves it out. */
static int choose_kind(cli_to_come *known, fc_request *request, const ds_table *table, void **config,
                       nn_error *error)
{
    const char *futures = request->futures, *targets = request->targets;
    const fc_kind *kind = request->kind;
    if (!futures || kind->forecaster->knows)
        return NN_OK;
    request->futures = NULL; /* and they are no series either */
    if (!targets && !(request->targets = known->targets = list_others(table, futures)))
        return nn_no_memory(error);
    if (cli_given("model")) {
        cli_say_note("'%.200s' is left out: %s does not go by what is known beforehand; --model linear does",
                     futures, kind->name);
        return NN_OK;
    }
    fc_request whole = *request;
    whole.table = table;
    const int code = cli_known_choose(&kind, &whole, futures, error);
    if (code || kind == request->kind)
        return code;
    request->kind = kind;
    request->futures = futures;
    request->targets = targets;
    const int made = fc_kind_config(config, kind, error);
    request->config = *config;
    return made;
}

static int check_kind(const fc_kind *kind, const ds_table *table, nn_error *error)
{
    return kind->forecaster
               ? NN_OK
               : nn_fail(error, NN_USAGE,
                         "--model: %s needs a training: auspex train %s --model %s -o model.safetensors",
                         kind->name, table->path, kind->name);
}

static int learn(fc_model **model, const fc_request *request, nn_error *error)
{
    int code = fc_model_new(model, request, error);
    cli_progress("fitting ...");
    if (!code)
        code = fc_fit(*model, request, error);
    cli_progress_end();
    if (!code)
        cli_automatic_say(*model);
    return code;
}

int cli_automatic_fit(fc_model **model, const cli_automatic *how, const ds_table *table,
                      const cli_reading *reading, nn_error *error)
{
    ds_table past = *table;
    ds_split all = {.train = {0, table->rows}};
    cli_automatic wishes = *how;
    cli_to_come known = {0};
    void *config = NULL;
    fc_request request = {.kind = how->kind,
                          .config = how->config,
                          .lookback = 1,
                          .split_name = "",
                          .season = how->season,
                          .table = table,
                          .split = &all,
                          .reading = reading,
                          .scaler = DS_NOSCALE,
                          .points = how->points,
                          .threads = how->threads};
    *model = NULL;
    int code = check_kind(how->kind, table, error);
    if (!code)
        code = find_known(&known, &past, how, &request, error);
    request.table = &past;
    all.train.end = past.rows;
    if (!how->horizon && past.rows < table->rows)
        wishes.horizon = (int)(table->rows - past.rows);
    if (!code)
        code = cli_automatic_horizon(&request.horizon, &wishes, &past, error);
    if (!code)
        code = choose_kind(&known, &request, table, &config, error);
    if (!code)
        code = learn(model, &request, error);
    fc_kind_config_free(config, request.kind);
    cli_to_come_clear(&known);
    return code;
}

int cli_automatic_fit_panel(fc_model **model, const cli_automatic *how, const ds_panel *panel,
                            const cli_reading *reading, nn_error *error)
{
    const ds_split all = {.train = {0, ds_panel_end(panel)}};
    fc_request request = {.kind = how->kind,
                          .config = how->config,
                          .lookback = 1,
                          .split_name = "",
                          .season = how->season,
                          .panel = panel,
                          .split = &all,
                          .reading = reading,
                          .points = how->points,
                          .threads = how->threads};
    *model = NULL;
    int code = check_kind(how->kind, panel->table, error);
    if (!code)
        code = cli_automatic_horizon(&request.horizon, how, panel->table, error);
    return code ? code : learn(model, &request, error);
}

void cli_automatic_say(const fc_model *model)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    char text[1000] = "";
    if (!forecaster || !forecaster->describe)
        return;
    forecaster->describe(model->state, text, sizeof text);
    if (*text)
        cli_say("%s", text);
}

static size_t rows_of(ds_part part)
{
    return part.end - part.begin;
}

static bool fits(const cli_recipe *r, const ds_split *split)
{
    return (size_t)r->lookback + (size_t)r->horizon <= rows_of(split->train) &&
           (!rows_of(split->validation) || (size_t)r->horizon <= rows_of(split->validation));
}

/* A short file's horizon and parts, and a look-back that leaves as many windows as it is long. */
static int shrink(cli_recipe *r, const ds_table *table, ds_split *split, nn_error *error)
{
    const cli_automatic how = {.season = r->season};
    const size_t rows = table->rows;
    int code = cli_given("horizon") ? NN_OK : cli_automatic_horizon(&r->horizon, &how, table, error);
    if (!code && !cli_given("horizon") && (size_t)r->horizon > rows / 5)
        r->horizon = rows / 5 > 1 ? (int)(rows / 5) : 1;
    const size_t horizon = (size_t)r->horizon;
    if (!code && !cli_given("split") && horizon > rows_of(split->validation)) {
        const size_t test = horizon > rows / 5 ? horizon : rows / 5;
        char text[80];
        if (horizon + test >= rows)
            return NN_OK;
        snprintf(text, sizeof text, "%zu/%zu/%zu", rows - horizon - test, horizon, test);
        free(r->split);
        r->split = strdup(text);
        code = r->split ? ds_split_make(text, table, split, error) : nn_no_memory(error);
    }
    const size_t train = rows_of(split->train), most = train > horizon ? (train - horizon) / 2 : 0;
    if (!code && !cli_given("lookback") && most && (size_t)r->lookback > most)
        r->lookback = (int)most;
    return code;
}

/* Of a network, whose usual sizes a short file has no rows for. */
static int fit_windows(cli_recipe *r, fc_request *request, nn_error *error)
{
    ds_split split;
    if (ds_split_make(r->split, request->table, &split, NULL) || fits(r, &split) ||
        (cli_given("lookback") && cli_given("horizon")))
        return NN_OK;
    const int code = shrink(r, request->table, &split, error);
    request->lookback = r->lookback;
    request->horizon = r->horizon;
    request->split_name = r->split;
    if (!code && fits(r, &split))
        cli_say_note("for a file of %zu rows: --lookback %d --horizon %d --split %s", request->table->rows,
                     r->lookback, r->horizon, r->split);
    return code;
}

static int network_sizes(cli_recipe *r, fc_training *training, const cli_run *run, fc_request *request,
                         nn_error *error)
{
    const bool by_data = training && cli_goes_by_data(run);
    ds_split split;
    if (!by_data || ds_split_make(r->split, request->table, &split, NULL))
        return fit_windows(r, request, error);
    int code = cli_windows_by_data(r, request, rows_of(split.train), error);
    if (!code)
        code = fit_windows(r, request, error);
    if (!code)
        code = ds_split_make(r->split, request->table, &split, error);
    return code ? code : cli_training_by_data(training, run, request, rows_of(split.train), error);
}

int cli_automatic_sizes(cli_recipe *r, fc_training *training, const cli_run *run, fc_request *request,
                        nn_error *error)
{
    const size_t rows = request->table->rows;
    const cli_automatic how = {.season = r->season};
    int code = NN_OK;
    if (!request->kind->forecaster)
        return network_sizes(r, training, run, request, error);
    if (!cli_given("horizon"))
        code = cli_automatic_horizon(&r->horizon, &how, request->table, error);
    if (!cli_given("lookback") && (size_t)r->lookback + (size_t)r->horizon > rows / FOLDS)
        r->lookback = 1;
    if (!code && !cli_given("split") && (size_t)r->horizon > rows / FOLDS) {
        const bool some = (size_t)r->horizon <= rows / 5;
        char text[64];
        snprintf(text, sizeof text, "%zu/0/%zu", some ? rows - rows / 5 : rows, some ? rows / 5 : 0);
        free(r->split);
        r->split = strdup(text);
        code = r->split ? NN_OK : nn_no_memory(error);
        if (!some)
            cli_say_note("all %zu rows are fitted, for they are too few to keep some for 'auspex evaluate'; "
                         "'auspex backtest' scores on them, --split keeps some",
                         rows);
    }
    request->lookback = r->lookback;
    request->horizon = r->horizon;
    request->split_name = r->split;
    return code;
}

int cli_automatic_panel(cli_recipe *r, const cli_run *run, fc_request *request, nn_error *error)
{
    ds_table past = *request->panel->table; /* what is known beforehand may go on behind it */
    past.rows = ds_panel_end(request->panel);
    request->table = &past;
    const int code = cli_automatic_sizes(r, NULL, run, request, error);
    request->table = NULL;
    return code;
}
