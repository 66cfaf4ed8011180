/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex simulate that writes tables: sales, prices of power, closes of shares. */
#include "cli/commands/simulate/simulate.h"

#include "cli/shell/report.h"
#include "datasets/simulate/tables.h"

#include <string.h>

static int check(const cli_simulate_settings *s, const char *what, nn_error *error)
{
    if (!s->output)
        return nn_fail(error, NN_USAGE, "--output is missing: where do the %s go?", what);
    if (s->holidays && strcmp(s->output, "-") == 0 && strcmp(s->holidays, "-") == 0)
        return nn_fail(error, NN_USAGE, "data and holidays cannot both go to standard output");
    return NN_OK;
}

static ds_made_settings made(const cli_simulate_settings *s, int count)
{
    return (ds_made_settings){.seed = s->seed,
                              .years = s->years,
                              .ahead = s->ahead,
                              .count = count,
                              .by = (ds_made_by)s->by,
                              .truth = s->truth};
}

/* Commits the lesser file first, so that data never stand without what belongs to them. */
static int finish(int code, ds_sink *data, ds_sink *beside, nn_error *error)
{
    if (!code)
        code = ds_sink_finish(data, error);
    if (!code && beside) {
        code = ds_sink_commit(beside, error);
        beside = NULL;
    }
    if (!code) {
        code = ds_sink_commit(data, error);
        data = NULL;
    }
    ds_sink_abandon(beside);
    ds_sink_abandon(data);
    return code;
}

int cli_simulate_sales(const cli_simulate_settings *s, nn_error *error)
{
    const ds_made_settings settings = made(s, s->shops);
    int code = check(s, "sales", error);
    if (code)
        return code;
    ds_sink *data = ds_sink_open(s->output, error);
    ds_sink *holidays = data && s->holidays ? ds_sink_open(s->holidays, error) : NULL;
    code =
        data && (holidays || !s->holidays) ? ds_simulate_sales(&settings, data, holidays, error) : NN_FAILED;
    code = finish(code, data, holidays, error);
    if (!code)
        cli_say_note("%d shop%s, %d year%s", s->shops, s->shops == 1 ? "" : "s", s->years,
                     s->years == 1 ? "" : "s");
    return code;
}

static int one_file(const cli_simulate_settings *s, const char *what, int count,
                    int (*make)(const ds_made_settings *, ds_sink *, nn_error *), nn_error *error)
{
    const ds_made_settings settings = made(s, count);
    int code = check(s, what, error);
    if (code)
        return code;
    ds_sink *data = ds_sink_open(s->output, error);
    code = finish(data ? make(&settings, data, error) : NN_FAILED, data, NULL, error);
    if (!code)
        cli_say_note("%s of %d year%s", what, s->years, s->years == 1 ? "" : "s");
    return code;
}

int cli_simulate_power(const cli_simulate_settings *s, nn_error *error)
{
    return one_file(s, "prices of power", 1, ds_simulate_power, error);
}

int cli_simulate_shares(const cli_simulate_settings *s, nn_error *error)
{
    if (s->ahead)
        return nn_fail(error, NN_USAGE, "--ahead: nothing is known beforehand of shares");
    return one_file(s, "closes", s->tickers, ds_simulate_shares, error);
}
