/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes forecasts that were scored. */
#include "forecast/scores/forecast_rows.h"

#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>

struct fc_forecast_rows {
    nn_output *output;
    FILE *out;
    const fc_interval_set *set;
    bool begun;
};

int fc_forecast_rows_open(fc_forecast_rows **rows, const char *path, const fc_interval_set *set,
                          nn_error *error)
{
    fc_forecast_rows *r = *rows = calloc(1, sizeof *r);
    if (!r)
        return nn_no_memory(error);
    r->set = set && set->values ? set : NULL;
    r->output = nn_output_open(path, error);
    if (r->output) {
        r->out = nn_output_stream(r->output);
        return NN_OK;
    }
    free(r);
    *rows = NULL;
    return NN_FAILED;
}

int fc_forecast_rows_close(fc_forecast_rows *r, int code, nn_error *error)
{
    if (!r)
        return code;
    if (code)
        nn_output_abandon(r->output);
    else
        code = nn_output_commit(r->output, error);
    free(r);
    return code;
}

static void put_headings(fc_forecast_rows *r, const fc_rows_window *w)
{
    const fc_interval_set *s = r->set;
    fputs("unique_id,ds,cutoff,y", r->out);
    for (int f = 0; f < w->forecasters; f++) {
        fputc(',', r->out);
        nn_csv_field(r->out, w->name[f]);
        for (int i = 0; f == 0 && s && i < s->levels; i++)
            fprintf(r->out, ",%s-lo-%g,%s-hi-%g", w->name[0], 100 * s->level[i], w->name[0],
                    100 * s->level[i]);
        for (int i = 0; f == 0 && s && i < s->quantiles; i++)
            fprintf(r->out, ",%s-%g", w->name[0], s->share[s->quantile[i]]);
    }
    fputc('\n', r->out);
    r->begun = true;
}

static void put_value(FILE *out, double value)
{
    fputc(',', out);
    nn_csv_number(out, value, 9);
}

static void put_stamp(FILE *out, const ds_table *table, size_t row)
{
    char text[64];
    if (table->layout.timed)
        ds_time_print(&table->layout.format, table->time[row], text, sizeof text);
    else
        snprintf(text, sizeof text, "%lld", (long long)table->time[row] + 1);
    fputc(',', out);
    nn_csv_field(out, text);
}

/* An end of an interval, which does not lie where no value can. */
static double place(double forecast, double offset, double floor)
{
    return isnan(floor) ? forecast + offset : fmax(forecast + offset, fmin(forecast, floor));
}

/* Behind the model's forecast. */
static void put_intervals(const fc_forecast_rows *r, const fc_rows_window *w, int k, int h, double forecast)
{
    const fc_interval_set *s = r->set;
    const double *offset = w->stream ? fc_stream_offsets(w->stream, k, h) : NULL;
    const double scale = w->scale ? w->scale[k] : 1, floor = w->floor ? w->floor[k] : NAN;
    for (int i = 0; i < s->levels; i++) {
        put_value(r->out, offset ? place(forecast, scale * offset[s->low[i]], floor) : NAN);
        put_value(r->out, offset ? place(forecast, scale * offset[s->high[i]], floor) : NAN);
    }
    for (int i = 0; i < s->quantiles; i++)
        put_value(r->out, offset ? place(forecast, scale * offset[s->quantile[i]], floor) : NAN);
}

void fc_forecast_rows_write(fc_forecast_rows *r, const fc_rows_window *w)
{
    if (!r->begun)
        put_headings(r, w);
    for (int k = 0; k < w->targets; k++)
        for (int h = 0; h < w->horizon; h++) {
            const size_t at = (size_t)h * (size_t)w->targets + (size_t)k;
            nn_csv_field(r->out, w->names[k]);
            put_stamp(r->out, w->table, w->row + (size_t)h);
            put_stamp(r->out, w->table, w->row - 1);
            put_value(r->out, w->truth[at]);
            for (int f = 0; f < w->forecasters; f++) {
                put_value(r->out, w->forecast[f][at]);
                if (f == 0 && r->set)
                    put_intervals(r, w, k, h, w->forecast[f][at]);
            }
            fputc('\n', r->out);
        }
}
