/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a model of prices sees them, as JSON in the model's file. */
#include "forecast/tasks/prices_file.h"

#include "forecast/json.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *numbers_json(const double *values, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        fc_json_push(&array, json_real(values[i]));
    return array;
}

json_t *fc_market_json(const fc_market *m)
{
    ds_price_settings settings = m->prices;
    json_t *object = json_object();
    settings.tickers = NULL; /* apart, for they may be many */
    fc_json_put(&object, "options", fc_json_record(ds_price_options, &settings));
    fc_json_put(&object, "tickers", json_string(m->prices.tickers));
    fc_json_put(&object, "targets", json_string(m->targets));
    if (m->merge.kind) {
        fc_json_put(&object, "least", numbers_json(m->merge.least, 2 * m->merge.tickers));
        fc_json_put(&object, "range", numbers_json(m->merge.range, 2 * m->merge.tickers));
    }
    return object;
}

static int read_numbers(double **out, int count, const json_t *array, const char *what, const char *path,
                        nn_error *error)
{
    if (json_array_size(array) != (size_t)count)
        return nn_fail(error, NN_BAD_DATA, "%s: prices: %s should be a list of %d numbers", path, what,
                       count);
    if (!(*out = malloc(((size_t)count + 1) * sizeof **out)))
        return nn_no_memory(error);
    for (int i = 0; i < count; i++) {
        (*out)[i] = json_number_value(json_array_get(array, (size_t)i));
        if (!json_is_number(json_array_get(array, (size_t)i)) || !isfinite((*out)[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: prices: entry %d of %s is no number", path, i + 1, what);
    }
    return NN_OK;
}

static int read_merge(fc_market *m, const json_t *object, const char *path, nn_error *error)
{
    m->merge.kind = (ds_merge_kind)m->prices.merge;
    m->merge.tickers = nn_list_count(m->prices.tickers);
    m->merge.fields = m->prices.ohlcv ? 5 : 1;
    int code = read_numbers(&m->merge.least, 2 * m->merge.tickers, json_object_get(object, "least"), "least",
                            path, error);
    if (!code)
        code = read_numbers(&m->merge.range, 2 * m->merge.tickers, json_object_get(object, "range"), "range",
                            path, error);
    return code;
}

int fc_market_from_json(fc_market *m, const json_t *object, const char *path, nn_error *error)
{
    const char *tickers = json_string_value(json_object_get(object, "tickers")),
               *targets = json_string_value(json_object_get(object, "targets"));
    int code =
        fc_json_read_record(ds_price_options, &m->prices, json_object_get(object, "options"), path, error);
    if (code)
        return code;
    if (!tickers || !targets || !m->prices.prices)
        return nn_fail(error, NN_BAD_DATA, "%s: its prices have no tickers", path);
    free(m->prices.tickers);
    m->prices.tickers = strdup(tickers);
    m->targets = strdup(targets);
    if (!m->prices.tickers || !m->targets)
        return nn_no_memory(error);
    return m->prices.merge ? read_merge(m, object, path, error) : NN_OK;
}
