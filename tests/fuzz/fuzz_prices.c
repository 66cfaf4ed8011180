/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of prices, alone and beside a sound one: joined, made returns, and made prices again.
 */
#include "tests/fuzz/fuzz.h"

#include "datasets/prices/returns.h"

#include <math.h>

static const char beside[] = "Date,Close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,10.5\n2024-01-05,10.7\n";

static void check_table(const ds_table *table)
{
    for (size_t i = 0; i < table->rows * (size_t)table->columns; i++)
        fuzz_require(!isinf(table->values[i]), "returns are finite", table->path);
}

static void look(const ds_prices *prices, const ds_price_settings *settings)
{
    size_t notes = 0;
    ds_table *returns;
    nn_error error = {0};
    ds_prices_notes(prices, fuzz_ignore, &notes);
    const int code = ds_returns_table(&returns, prices, settings, &error);
    fuzz_require((code == NN_OK) == (returns != NULL), "returns or an error", error.text);
    fuzz_check(code, &error);
    if (!code)
        check_table(returns);
    ds_table_free(returns);
}

static void read_prices(char *const *paths, int count, ds_price_settings settings, const ds_read_options *how)
{
    ds_prices *prices;
    nn_error error = {0};
    settings.prices = 1;
    const int code = ds_prices_read(&prices, paths, count, how, &settings, &error);
    fuzz_require((code == NN_OK) == (prices != NULL), "prices or an error", error.text);
    fuzz_check(code, &error);
    if (!code) {
        const ds_table *close = prices->close;
        for (size_t i = 0; i < close->rows * (size_t)close->columns; i++)
            fuzz_require(close->values[i] > 0 && isfinite(close->values[i]), "a price", close->path);
        look(prices, &settings);
    }
    ds_prices_free(prices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char tickers[] = "A,fuzz", path[64], other[64], *paths[] = {path, other};
    const int fd = fuzz_open(data, size, path), sound = fuzz_open(beside, sizeof beside - 1, other);
    const ds_read_options plain = {0}, kept = {.on_missing = DS_FORWARD, .on_duplicate = DS_LAST},
                          named = {.id = "1"};
    const struct {
        int files;
        ds_price_settings settings;
        const ds_read_options *how;
    } ways[] = {
        {1, {.ohlcv = 1}, &plain},
        {1, {.returns = DS_RETURNS_PERCENT, .smooth = 3, .smooth_target = 1}, &kept},
        {2, {.smooth = 2}, &kept},
        {1, {.tickers = tickers}, &named},
    };
    for (size_t i = 0, n = sizeof ways / sizeof *ways; i < n; i++)
        if (fuzz_tries(size, i, n))
            read_prices(paths, ways[i].files, ways[i].settings, ways[i].how);
    close(sound);
    close(fd);
    return 0;
}
