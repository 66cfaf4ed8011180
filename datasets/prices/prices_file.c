/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads one file of prices and finds its tickers and fields. */
#include "datasets/prices/prices_internal.h"

#include "datasets/table/table.h"
#include "datasets/text/scan.h"
#include "datasets/time/calendar.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/files/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what columns are called --- */

/* Where bars have no column called close, as those of Investing.com, the price is the close. */
static bool is_price(const char *text, size_t length)
{
    static const char *const words[] = {"price", NULL};
    return ds_price_word(words, text, length);
}

static bool is_ticker_column(const char *text, size_t length)
{
    static const char *const words[] = {"ticker", "tickers", "symbol", "uniqueid", "name", NULL};
    return ds_price_word(words, text, length);
}

/* --- the header, looked at before the file is read --- */

typedef struct look {
    const ds_price_settings *settings;
    const char *given_id;
    char *id;      /* found; owned */
    char *columns; /* to read, owned; NULL: all */
    bool bars;     /* a column close or adjusted close */
    bool priced;   /* the column price stands for it */
    bool failed;   /* no memory */
} look;

static void list_add(look *l, const ds_field *name)
{
    const size_t used = l->columns ? strlen(l->columns) : 0;
    char *more = realloc(l->columns, used + name->length + 4);
    if (!more) {
        l->failed = true;
        return;
    }
    l->columns = more;
    sprintf(more + used, "%s\"%.*s\"", used ? "," : "", (int)name->length, name->text);
}

static bool in_list(const char *list, const char *text, size_t length)
{
    const char *item;
    size_t size;
    if (!list)
        return true;
    while (nn_list_next(&list, &item, &size))
        if (size == length && memcmp(item, text, length) == 0)
            return true;
    return false;
}

static bool repeats_field(const ds_field *fields, int count)
{
    int seen[DS_PRICE_FIELDS] = {0};
    for (int i = 0; i < count; i++) {
        const int field = ds_price_field(fields[i].text, fields[i].length);
        if (field >= 0 && seen[field]++)
            return true;
    }
    return false;
}

/* Only the columns that are needed are read, so that trouble elsewhere does not matter. */
static void choose_columns(look *l, const ds_field *fields, int count)
{
    bool adjusted = false;
    if (repeats_field(fields, count))
        return; /* of several tickers, which the lines below tell apart */
    for (int i = 0; i < count; i++)
        adjusted |= ds_price_field(fields[i].text, fields[i].length) == DS_ADJUSTED;
    for (int i = 0; i < count; i++) {
        const bool close = l->priced && is_price(fields[i].text, fields[i].length);
        const int field = close ? DS_CLOSE : ds_price_field(fields[i].text, fields[i].length);
        if (memchr(fields[i].text, '"', fields[i].length)) {
            free(l->columns);
            l->columns = NULL;
            return;
        }
        if (l->bars ? l->settings->ohlcv ? field >= 0 : field == (adjusted ? DS_ADJUSTED : DS_CLOSE)
                    : !l->id && l->settings->tickers &&
                          in_list(l->settings->tickers, fields[i].text, fields[i].length))
            list_add(l, &fields[i]);
    }
}

static int look_at_header(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    look *l = context;
    (void)line, (void)error;
    bool open = false, price = false;
    for (int i = 0; i < count; i++) {
        const int field = ds_price_field(fields[i].text, fields[i].length);
        l->bars |= field == DS_CLOSE || field == DS_ADJUSTED;
        open |= field == DS_OPEN;
        price |= is_price(fields[i].text, fields[i].length);
    }
    l->priced = !l->bars && open && price;
    l->bars |= l->priced;
    for (int i = 0; i < count && !l->id; i++)
        if (l->given_id ? strlen(l->given_id) == fields[i].length &&
                              memcmp(l->given_id, fields[i].text, fields[i].length) == 0
                        : is_ticker_column(fields[i].text, fields[i].length) && l->bars) {
            l->id = nn_text_copy(fields[i].text, fields[i].length);
            l->failed |= !l->id;
        }
    choose_columns(l, fields, count);
    return NN_STOPPED;
}

/* --- tickers --- */

/* The file's name without folder, ".gz" and ".csv". */
static char *ticker_of(const char *path)
{
    static const char *const endings[] = {".gz", ".csv", ".txt", ".tsv"};
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    for (size_t i = 0; name && i < sizeof endings / sizeof *endings; i++) {
        const size_t length = strlen(name), end = strlen(endings[i]);
        if (length > end && strcasecmp(name + length - end, endings[i]) == 0)
            name[length - end] = '\0';
    }
    return name;
}

static int no_memory(const char *path, nn_error *error)
{
    return nn_fail(error, NN_FAILED, "%s: no memory", path);
}

/* Takes over the name. */
static int add_quote(ds_quotes *quotes, const ds_table *table, char *ticker,
                     const int column[DS_PRICE_FIELDS], nn_error *error)
{
    ds_quote *more = realloc(quotes->quote, ((size_t)quotes->count + 1) * sizeof *more);
    if (more)
        quotes->quote = more;
    if (!more || !ticker) {
        free(ticker);
        return no_memory(table->path, error);
    }
    if (!*ticker || strpbrk(ticker, ",\"")) {
        int code = nn_fail(error, NN_BAD_DATA,
                           "%s: '%.100s' cannot be a ticker: it is empty, or has a comma or a quote in it",
                           table->path, ticker);
        free(ticker);
        return code;
    }
    for (int i = 0; i < quotes->count; i++)
        if (strcmp(quotes->quote[i].ticker, ticker) == 0) {
            const char *other = quotes->quote[i].table->path;
            int code = nn_fail(error, NN_BAD_DATA, "%s: the ticker '%.100s' comes twice; it is in %.300s too",
                               table->path, ticker, other);
            free(ticker);
            return code;
        }
    ds_quote *quote = &quotes->quote[quotes->count++];
    *quote = (ds_quote){.table = table, .ticker = ticker};
    memcpy(quote->column, column, sizeof quote->column);
    return NN_OK;
}

/* The columns names[first + i], i < count, as fields; the only one is the close. */
static void find_fields(int column[DS_PRICE_FIELDS], char *const *names, int first, int count)
{
    for (int f = 0; f < DS_PRICE_FIELDS; f++)
        column[f] = -1;
    for (int i = 0; i < count; i++) {
        const int field = ds_price_field(names[i], strlen(names[i]));
        if (field >= 0)
            column[field] = first + i;
        else if (count == 1)
            column[DS_CLOSE] = first;
    }
    for (int i = 0; i < count && column[DS_CLOSE] < 0 && column[DS_ADJUSTED] < 0; i++)
        if (is_price(names[i], strlen(names[i])))
            column[DS_CLOSE] = first + i;
}

static int check_fields(const ds_table *table, const char *ticker, const int column[DS_PRICE_FIELDS],
                        bool ohlcv, nn_error *error)
{
    if (column[DS_CLOSE] < 0 && column[DS_ADJUSTED] < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: there is no column of closes for '%.100s'", table->path,
                       ticker);
    static const char *const names[DS_PRICE_EXTRAS] = {"open", "high", "low", "volume"};
    for (int f = 0; f < DS_PRICE_EXTRAS && ohlcv; f++)
        if (column[f] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: --ohlcv: there is no column %s for '%.100s'", table->path,
                           names[f], ticker);
    return NN_OK;
}

static int add_long(ds_quotes *quotes, const ds_table *table, const ds_price_settings *settings,
                    nn_error *error)
{
    const ds_layout *l = &table->layout;
    for (int i = 0; i < l->id_count; i++) {
        int column[DS_PRICE_FIELDS];
        if (!in_list(settings->tickers, l->ids[i], strlen(l->ids[i])))
            continue;
        find_fields(column, l->value_names, i * l->value_count, l->value_count);
        int code = check_fields(table, l->ids[i], column, settings->ohlcv, error);
        if (!code)
            code = add_quote(quotes, table, strdup(l->ids[i]), column, error);
        if (code)
            return code;
    }
    return NN_OK;
}

/* Whether every column is a field of some ticker. */
static bool has_levels(const ds_table *table)
{
    int field;
    char ticker[64];
    for (int j = 0; j < table->columns; j++)
        if (!ds_price_split(table->names[j], &field, ticker))
            return false;
    return table->columns > 0;
}

/* The columns of one ticker; whether `first` is the first of them. */
static bool gather_levels(const ds_table *table, int first, char ticker[64], int column[DS_PRICE_FIELDS])
{
    int field;
    char other[64];
    for (int f = 0; f < DS_PRICE_FIELDS; f++)
        column[f] = -1;
    (void)ds_price_split(table->names[first], &field, ticker);
    for (int j = 0; j < table->columns; j++) {
        (void)ds_price_split(table->names[j], &field, other);
        if (strcmp(other, ticker) != 0)
            continue;
        if (j < first)
            return false;
        column[field] = j;
    }
    return true;
}

static int add_levels(ds_quotes *quotes, const ds_table *table, const ds_price_settings *settings,
                      nn_error *error)
{
    int code = NN_OK;
    for (int j = 0; j < table->columns && !code; j++) {
        char ticker[64];
        int column[DS_PRICE_FIELDS];
        if (!gather_levels(table, j, ticker, column) || !in_list(settings->tickers, ticker, strlen(ticker)))
            continue;
        code = check_fields(table, ticker, column, settings->ohlcv, error);
        if (!code)
            code = add_quote(quotes, table, strdup(ticker), column, error);
    }
    return code;
}

static int add_wide(ds_quotes *quotes, const ds_table *table, const ds_price_settings *settings, bool bars,
                    const char *path, nn_error *error)
{
    int column[DS_PRICE_FIELDS], code = NN_OK;
    if (bars) {
        /* What comes through a pipe has no name but the one that is asked for. */
        const bool piped = strcmp(path, "-") == 0;
        const char *only = settings->tickers && !strchr(settings->tickers, ',') ? settings->tickers : "stdin";
        const char *subject = table->layout.subject;
        char *ticker = subject ? strdup(subject) : piped ? strdup(only) : ticker_of(path);
        if (!ticker)
            return no_memory(path, error);
        find_fields(column, table->names, 0, table->columns);
        code = in_list(settings->tickers, ticker, strlen(ticker))
                   ? check_fields(table, ticker, column, settings->ohlcv, error)
                   : NN_STOPPED;
        if (code == NN_OK)
            return add_quote(quotes, table, ticker, column, error);
        free(ticker);
        return code == NN_STOPPED ? NN_OK : code;
    }
    if (has_levels(table))
        return add_levels(quotes, table, settings, error);
    for (int j = 0; j < table->columns && !code; j++) {
        if (!in_list(settings->tickers, table->names[j], strlen(table->names[j])))
            continue;
        for (int f = 0; f < DS_PRICE_FIELDS; f++)
            column[f] = -1;
        column[DS_CLOSE] = j;
        code = check_fields(table, table->names[j], column, settings->ohlcv, error);
        if (!code)
            code = add_quote(quotes, table, strdup(table->names[j]), column, error);
    }
    return code;
}

/* Daily stamps of any zone and clock become plain dates, so that files of one market meet; those at local
 * midnight are such already, and keep the form that they are written in. */
static void to_dates(ds_table *table)
{
    ds_time_format *format = &table->layout.format;
    if (table->frequency.unit < DS_UNIT_DAY || !table->layout.timed || format->kind == DS_TIME_STEP)
        return;
    const ds_time zone = ds_time_zone(format);
    for (size_t t = 0; t < table->rows; t++)
        table->time[t] = ds_floor_div(table->time[t] + zone, DS_DAY) * DS_DAY;
    if (!format->local && (*format->zone || format->joint))
        *format = (ds_time_format){.kind = DS_TIME_ISO, .separator = '-', .padded = true};
}

static int keep_table(ds_quotes *quotes, ds_table *table, nn_error *error)
{
    ds_table **more = realloc(quotes->tables, ((size_t)quotes->table_count + 1) * sizeof *more);
    if (!more) {
        nn_fail(error, NN_FAILED, "%s: no memory", table->path);
        ds_table_free(table);
        return NN_FAILED;
    }
    quotes->tables = more;
    more[quotes->table_count++] = table;
    return NN_OK;
}

static bool has_bars(const ds_table *table)
{
    bool open = false, price = false;
    for (int j = 0; j < table->columns; j++) {
        const int field = ds_price_field(table->names[j], strlen(table->names[j]));
        if (field == DS_CLOSE || field == DS_ADJUSTED)
            return true;
        open |= field == DS_OPEN;
        price |= is_price(table->names[j], strlen(table->names[j]));
    }
    return open && price;
}

int ds_quotes_add(ds_quotes *quotes, const char *path, const ds_read_options *options,
                  const ds_price_settings *settings, nn_error *error)
{
    ds_read_options own = *options;
    look l = {.settings = settings, .given_id = options->id};
    if (nn_input_again(path) && !own.no_header) {
        ds_scan_options scan = {.delimiter = own.delimiter, .decimal_comma = own.decimal_comma};
        ds_scan_result result = {0};
        nn_error ignored = {0}; /* what is wrong with the file is said when all of it is read */
        ds_scan(path, &scan, look_at_header, &l, &result, NULL, &ignored);
        own.id = l.id ? l.id : own.id;
        if (!own.columns && !own.exclude)
            own.columns = l.columns;
    }
    own.on_gap = DS_KEEP;
    own.ragged = true;
    ds_table *table = NULL;
    int code = l.failed ? no_memory(path, error) : ds_table_read(&table, path, &own, error);
    if (!code)
        code = keep_table(quotes, table, error);
    if (!code) {
        to_dates(table);
        code = table->layout.longform
                   ? add_long(quotes, table, settings, error)
                   : add_wide(quotes, table, settings, l.priced || has_bars(table), path, error);
    }
    free(l.id);
    free(l.columns);
    return code;
}

void ds_quotes_clear(ds_quotes *quotes)
{
    for (int i = 0; i < quotes->table_count; i++)
        ds_table_free(quotes->tables[i]);
    for (int i = 0; i < quotes->count; i++)
        free(quotes->quote[i].ticker);
    free(quotes->tables);
    free(quotes->quote);
    *quotes = (ds_quotes){0};
}
