/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of prices keeps of how it sees them. */
#include "forecast/tasks/series/series.h"
#include "lib/base/text.h"

#define AT(member) .offset = offsetof(fc_series_model, market.member)

/* The least or the range of every ticker's prices, and of its volume. */
static size_t merged(const void *state)
{
    return 2 * (size_t)nn_list_count(((const fc_series_model *)state)->market.prices.tickers);
}

static const fc_field merge[] = {{"least", FC_REAL, FC_MANY, AT(merge.least), .count = merged},
                                 {"range", FC_REAL, FC_MANY, AT(merge.range), .count = merged},
                                 {0}};

const fc_field fc_prices_fields[] = {{"options", FC_RECORD, FC_LISTS_APART,
                                      /* the tickers may be many */ AT(prices), .options = ds_price_options},
                                     {"tickers", FC_STRING, FC_FILLED, AT(prices.tickers)},
                                     {"targets", FC_STRING, FC_FILLED, AT(targets)},
                                     {"least", FC_GROUP, FC_OPTIONAL, AT(merge.least), .fields = merge},
                                     {0}};

int fc_prices_complete(void *state, nn_error *error)
{
    fc_series_model *model = state;
    fc_market *m = &model->market;
    m->merge.kind = (ds_merge_kind)m->prices.merge;
    m->merge.tickers = nn_list_count(m->prices.tickers);
    m->merge.fields = m->prices.ohlcv ? 5 : 1;
    if (!m->prices.prices || !m->merge.kind != !m->merge.least)
        return nn_fail(error, NN_BAD_DATA, "its prices do not fit their options");
    return fc_market_check(m, &model->base, error);
}
