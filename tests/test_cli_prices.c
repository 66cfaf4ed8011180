/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with prices: correlate, train, evaluate, forecast and backtest, on walks made here. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS = 700 };

#define SMALL                                                                                                \
    "--prices --d-model 24 --heads 4 --layers 1 --no-instance-norm --lookback 6 --learning-rate 1e-2 "       \
    "--schedule constant --threads 1 -q "

static uint64_t mixed;

static double uniform(void)
{
    mixed += 0x9e3779b97f4a7c15u;
    uint64_t z = mixed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double normal(void)
{
    const double u = uniform();
    return sqrt(-2 * log(1 - u)) * cos(2 * M_PI * uniform());
}

/* Trading days from Monday 2018-01-01 on. */
static time_t day_of(int t)
{
    return 1514764800 + 86400 * (time_t)(t / 5 * 7 + t % 5);
}

static void print_day(FILE *file, time_t day)
{
    struct tm tm;
    gmtime_r(&day, &tm);
    fprintf(file, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static double walk[3][DAYS]; /* the follower; what leads it by two days; nothing to do with either */

static void make_walks(void)
{
    double lead[DAYS], level[3] = {100, 50, 20};
    for (int t = 0; t < DAYS; t++) {
        lead[t] = 0.01 * normal();
        level[0] *= exp((t < 2 ? 0 : 0.9 * lead[t - 2]) + 0.004 * normal());
        level[1] *= exp(lead[t]);
        level[2] *= exp(0.01 * normal());
        for (int k = 0; k < 3; k++)
            walk[k][t] = level[k];
    }
}

/* One file of bars per ticker, or one with a column each. */
static void write_bars(const char *name, const double *closes, int days)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("Date,Open,High,Low,Close,Adj Close,Volume\n", file);
    for (int t = 0; t < days; t++) {
        print_day(file, day_of(t));
        const double c = closes[t];
        fprintf(file, ",%.6f,%.6f,%.6f,%.6f,%.6f,%d\n", 2 * c, 2.02 * c, 1.98 * c, 2 * c, c,
                t % 50 ? 1000 + t : 0);
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static program_result expect(const char *words, int status)
{
    program_result r = program_run(words, NULL);
    if (r.status != status)
        fail_msg("auspex %s: exit code %d instead of %d: %s%s", words, r.status, status, r.err, r.out);
    return r;
}

static void expect_only(const char *words, int status)
{
    program_result r = expect(words, status);
    program_result_free(&r);
}

static json_t *expect_json(const char *words)
{
    program_result r = expect(words, 0);
    json_error_t reason;
    json_t *object = json_loads(r.out, 0, &reason);
    if (!object)
        fail_msg("auspex %s: %s: %s", words, reason.text, r.out);
    program_result_free(&r);
    return object;
}

static double real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static const json_t *score_of(const json_t *object, size_t i)
{
    return json_array_get(json_object_get(object, "scores"), i);
}

static int group_set_up(void **state)
{
    (void)state;
    make_walks();
    write_bars("FOLLOW.csv", walk[0], DAYS);
    write_bars("LEAD.csv", walk[1], DAYS);
    write_bars("OTHER.csv", walk[2], DAYS);
    expect_only(
        "train FOLLOW.csv LEAD.csv OTHER.csv " SMALL "--target FOLLOW --epochs 12 -o model.safetensors", 0);
    return 0;
}

/* --- choice --- */

static void test_correlate(void **state)
{
    (void)state;
    program_result r =
        expect("correlate FOLLOW.csv LEAD.csv OTHER.csv --prices --csv rho.csv --plot rho.svg", 0);
    assert_non_null(strstr(r.out, "LEAD"));
    assert_non_null(strstr(r.out, "yes"));
    assert_null(strstr(r.err, "told from noise"));
    program_result_free(&r);
    char *csv = program_read("rho.csv", NULL), *picture = program_read("rho.svg", NULL);
    assert_non_null(strstr(csv, "column,lag,rho,chosen\nLEAD,0,"));
    assert_non_null(strstr(picture, "Correlation with FOLLOW"));
    free(csv);
    free(picture);
    remove("rho.csv");
    remove("rho.svg");
    json_t *object =
        expect_json("correlate FOLLOW.csv LEAD.csv OTHER.csv --prices --json --method spearman -q");
    const json_t *lead = json_array_get(json_object_get(object, "columns"), 0);
    assert_int_equal(json_integer_value(json_object_get(lead, "lag")), 2);
    assert_true(json_is_true(json_object_get(lead, "chosen")));
    assert_true(json_real_value(json_array_get(json_object_get(lead, "rho"), 2)) > 0.8);
    assert_false(
        json_is_true(json_object_get(json_array_get(json_object_get(object, "columns"), 1), "chosen")));
    json_decref(object);
    /* The leader's future is no news of it: seen from the leader, nothing comes before. */
    r = expect("correlate OTHER.csv LEAD.csv --prices --lags 1", 0);
    assert_non_null(strstr(r.err, "told from noise"));
    program_result_free(&r);
}

/* The partner that leads by two days is found and used; alone the same model finds nothing. */
static void test_lead_is_found_and_used(void **state)
{
    (void)state;
    json_t *object = expect_json("backtest FOLLOW.csv LEAD.csv OTHER.csv " SMALL
                                 "--target FOLLOW --select --alone --epochs 12 --folds 2 --seeds 2 --json");
    const json_t *folds = json_object_get(object, "folds");
    for (size_t k = 0; k < 2; k++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(folds, k), "columns")),
                            "FOLLOW, LEAD");
    assert_true(real_of(score_of(object, 0), "r2") > 0.3);
    assert_true(real_of(score_of(object, 1), "r2") < 0.05);
    assert_true(real_of(score_of(object, 0), "p") < 0.001);
    assert_true(real_of(score_of(object, 1), "model_p") < 0.001);
    assert_true(json_is_true(json_object_get(object, "beats_naive")));
    assert_int_equal(json_array_size(json_object_get(object, "prices")), 2);
    json_decref(object);
}

static void test_training_by_choice(void **state)
{
    (void)state;
    program_result r =
        expect("train FOLLOW.csv LEAD.csv OTHER.csv --prices --d-model 8 --heads 2 --lookback 4 "
               "--epochs 1 --target FOLLOW --select --by past -o chosen.safetensors",
               0);
    assert_non_null(strstr(r.err, "2 of 3 columns are seen"));
    assert_non_null(strstr(r.err, "FOLLOW, LEAD"));
    program_result_free(&r);
    /* Only what was chosen is needed later. */
    expect_only("forecast FOLLOW.csv LEAD.csv chosen.safetensors -q", 0);
    /* A pipe has no name but the ticker that is wanted. */
    expect_only(
        "train OTHER.csv --prices --d-model 8 --heads 2 --lookback 4 --epochs 1 -q -o chosen.safetensors", 0);
    char *bars = program_read("OTHER.csv", NULL);
    program_result named = expect("forecast OTHER.csv chosen.safetensors -q", 0),
                   piped = program_run("forecast - chosen.safetensors -q", bars);
    assert_int_equal(piped.status, 0);
    assert_string_equal(piped.out, named.out);
    program_result_free(&named);
    program_result_free(&piped);
    free(bars);
    remove("chosen.safetensors");
}

/* --- evaluating and forecasting --- */

static void test_evaluate(void **state)
{
    (void)state;
    json_t *object =
        expect_json("evaluate LEAD.csv FOLLOW.csv OTHER.csv model.safetensors --json --require-skill -q");
    const json_t *ticker = json_array_get(json_object_get(object, "prices"), 0);
    assert_string_equal(json_string_value(json_object_get(ticker, "ticker")), "FOLLOW");
    const json_t *model = score_of(ticker, 0), *last = score_of(ticker, 1);
    assert_string_equal(json_string_value(json_object_get(last, "name")), "last value");
    assert_true(real_of(model, "r2") > 0.3);
    assert_true(real_of(last, "r2") == 0);
    assert_true(real_of(json_object_get(model, "directions"), "hit_rate") > 0.65);
    assert_true(real_of(json_object_get(model, "strategy"), "sharpe_low") > 0);
    /* The last value by hand: the test part is the last fifth of the returns. */
    const int test = (DAYS - 1) / 5;
    double squares = 0, prices = 0;
    for (int t = DAYS - test; t < DAYS; t++) {
        squares += pow(walk[0][t] / walk[0][t - 1] - 1, 2) / test;
        prices += pow(walk[0][t] - walk[0][t - 1], 2) / test;
    }
    assert_true(fabs(real_of(last, "mse") / squares - 1) < 1e-4);
    assert_true(fabs(real_of(last, "price_rmse") / sqrt(prices) - 1) < 1e-4);
    json_decref(object);
    program_result r = expect(
        "evaluate LEAD.csv FOLLOW.csv OTHER.csv model.safetensors --cost 20 --csv s.csv --plot w.svg", 0);
    assert_non_null(strstr(r.out, "beats the last value"));
    assert_non_null(strstr(r.out, "after 20 basis points a side"));
    program_result_free(&r);
    char *csv = program_read("s.csv", NULL), *picture = program_read("w.svg", NULL);
    assert_non_null(strstr(csv, "FOLLOW,last value,"));
    assert_non_null(picture);
    free(csv);
    free(picture);
    remove("s.csv");
    remove("w.svg");
    /* The model alone on noise does not pass the gate. */
    expect_only("train OTHER.csv " SMALL "--epochs 2 -o noise.safetensors", 0);
    r = expect("evaluate OTHER.csv noise.safetensors --require-skill", 4);
    assert_null(strstr(r.out, "OTHER: itransformer beats"));
    program_result_free(&r);
    remove("noise.safetensors");
}

static void test_forecast_is_a_price(void **state)
{
    (void)state;
    program_result r = expect("forecast FOLLOW.csv LEAD.csv OTHER.csv model.safetensors -q", 0);
    double price = 0;
    char date[40];
    assert_int_equal(sscanf(r.out, "Date,FOLLOW\n%39[^,],%lf", date, &price), 2);
    struct tm tm;
    const time_t next = day_of(DAYS);
    gmtime_r(&next, &tm);
    char expected[40];
    strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
    assert_string_equal(date, expected); /* the Monday after the last Friday */
    /* The model knows most of 0.9 times the leader's return two days before. */
    const double known = 0.9 * log(walk[1][DAYS - 2] / walk[1][DAYS - 3]);
    assert_true(fabs(price / walk[0][DAYS - 1] - 1) < 0.05);
    if (fabs(known) > 0.004)
        assert_true((price > walk[0][DAYS - 1]) == (known > 0));
    program_result_free(&r);
    r = expect("inspect model.safetensors", 0);
    assert_non_null(strstr(r.out, "tickers FOLLOW,LEAD,OTHER"));
    program_result_free(&r);
}

/* Every way to see prices trains, scores and gives prices near the last one. */
static void test_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "--returns percent",
        "--smooth 5",
        "--smooth 5 --smooth-target --returns percent",
        "--ohlcv",
        "--ohlcv --smooth 3 --smooth-target --merge geometric --scaler none",
        "--merge arithmetic --target FOLLOW",
        "--features t2v --horizon 3",
        "--model time2vec --preset paper --heads 2 --head-width 4 --blocks 1 --ohlcv --smooth 3 "
        "--smooth-target",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char words[500];
        const bool other = strstr(forms[i], "--model");
        snprintf(words, sizeof words, "train FOLLOW.csv LEAD.csv %s --epochs 2 %s -o form.safetensors",
                 other ? "--prices --lookback 6 --threads 1 -q" : SMALL, forms[i]);
        expect_only(words, 0);
        program_result r = expect("forecast FOLLOW.csv LEAD.csv form.safetensors -q", 0);
        const char *line = strchr(r.out, '\n');
        double price = 0;
        assert_non_null(line);
        assert_int_equal(sscanf(line + 1, "%*[^,],%lf", &price), 1);
        if (fabs(price / walk[0][DAYS - 1] - 1) > 0.25)
            fail_msg("%s: %s", forms[i], r.out);
        program_result_free(&r);
        json_t *object = expect_json("evaluate FOLLOW.csv LEAD.csv form.safetensors --json -q");
        const json_t *ticker = json_array_get(json_object_get(object, "prices"), 0);
        assert_true(real_of(score_of(ticker, 0), "r2") < 0.95);
        json_decref(object);
        remove("form.safetensors");
    }
}

/* A learned encoding of time moves with the window as forecasts are fed back. */
static void test_feeding_back(void **state)
{
    (void)state;
    double step[2][4];
    expect_only("train OTHER.csv " SMALL "--features t2v --horizon 2 --epochs 2 -o back.safetensors", 0);
    for (int i = 0; i < 2; i++) {
        program_result r = expect(i ? "forecast more.csv back.safetensors -q"
                                    : "forecast OTHER.csv back.safetensors --steps 4 -q",
                                  0);
        const char *line = r.out;
        for (int h = i ? 2 : 0; h < 4; h++) {
            line = strchr(line, '\n') + 1;
            assert_int_equal(sscanf(line, "%*[^,],%lf", &step[i][h]), 1);
        }
        program_result_free(&r);
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);
        fputs("Date,OTHER\n", file);
        for (int t = 0; t < DAYS + 2 && i == 0; t++) {
            print_day(file, day_of(t));
            fprintf(file, ",%.8f\n", t < DAYS ? walk[2][t] : step[0][t - DAYS]);
        }
        fclose(file);
        if (i == 0)
            program_write("more.csv", text, size);
        free(text);
    }
    for (int h = 2; h < 4; h++)
        assert_true(fabs(step[1][h] / step[0][h] - 1) < 2e-5);
    remove("more.csv");
    remove("back.safetensors");
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    size_t a_size, b_size;
    expect_only("train FOLLOW.csv LEAD.csv OTHER.csv " SMALL "--target FOLLOW --epochs 12 --threads 3 -o "
                "threads.safetensors",
                0);
    char *a = program_read("model.safetensors", &a_size), *b = program_read("threads.safetensors", &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
    remove("threads.safetensors");
}

/* --- the leak of the published program --- */

typedef enum calendar { TRADING_DAYS, FILLED_FORWARD, FILLED_BACK } calendar;

/* Days up to the weekend before trading day `monday`, which is left out. */
static void write_calendar(const double *closes, int monday, calendar fill)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("Date,WALK\n", file);
    for (int t = 0; t < monday; t++) {
        print_day(file, day_of(t));
        fprintf(file, ",%.8f\n", closes[t]);
        for (int d = 1; t % 5 == 4 && d <= 2 && fill != TRADING_DAYS; d++) {
            print_day(file, day_of(t) + 86400 * d);
            fprintf(file, ",%.8f\n", fill == FILLED_BACK ? closes[t + 1] : closes[t]);
        }
    }
    fclose(file);
    program_write("calendar.csv", text, size);
    free(text);
}

/* Root mean squared relative error of forecasts of Mondays from all that the file has before them. */
static double monday_error(const double *closes, calendar fill)
{
    double squares = 0;
    const int mondays = 25;
    write_calendar(closes, DAYS - 5, fill);
    expect_only("train calendar.csv " SMALL "--epochs 3 --frequency d -o calendar.safetensors", 0);
    for (int i = 0; i < mondays; i++) {
        const int monday = DAYS - 5 * (i + 1);
        write_calendar(closes, monday, fill);
        program_result r = expect("forecast calendar.csv calendar.safetensors -q", 0);
        double price = 0;
        assert_int_equal(sscanf(strchr(r.out, '\n') + 1, "%*[^,],%lf", &price), 1);
        squares += pow(price / closes[monday] - 1, 2) / mondays;
        program_result_free(&r);
    }
    remove("calendar.csv");
    remove("calendar.safetensors");
    return sqrt(squares);
}

/* The published program put the next trading day's price on the weekend. On a walk that nobody can forecast
 * that makes Mondays known; trading days kept as they are, and weekends that repeat Friday, do not. */
static void test_filling_back_leaks(void **state)
{
    (void)state;
    const double honest = monday_error(walk[2], TRADING_DAYS),
                 forward = monday_error(walk[2], FILLED_FORWARD), back = monday_error(walk[2], FILLED_BACK);
    double last = 0;
    for (int i = 0; i < 25; i++) {
        const int monday = DAYS - 5 * (i + 1);
        last += pow(walk[2][monday - 1] / walk[2][monday] - 1, 2) / 25;
    }
    last = sqrt(last);
    if (!(back < 0.4 * last && honest > 0.8 * last && forward > 0.8 * last))
        fail_msg("errors of Mondays: last value %g, trading days %g, filled forward %g, back %g", last,
                 honest, forward, back);
    print_message(
        "errors of Mondays: last value %.4f, trading days %.4f, filled forward %.4f, filled back %.4f\n",
        last, honest, forward, back);
}

/* --- any table, and refusals --- */

static void test_backtest_of_any_table(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("a,b\n", file);
    for (int i = 0; i < 300; i++)
        fprintf(file, "%.4f,%.4f\n", sin(2 * M_PI * i / 7) + 0.1 * normal(), cos(2 * M_PI * i / 7));
    fclose(file);
    program_write("waves.csv", text, size);
    free(text);
    /* The season that the rows show makes a rival that this model does not beat; without it there is none. */
    program_result r =
        expect("backtest waves.csv --d-model 16 --heads 2 --layers 1 --lookback 14 --horizon 2 "
               "--learning-rate 1e-2 --epochs 8 --folds 3 --seeds 2 --sliding --gap 3 -q --require-skill",
               4);
    assert_non_null(strstr(r.out, "season 7 (found in the training rows)"));
    assert_non_null(strstr(r.out, "itransformer does NOT beat seasonal-naive"));
    program_result_free(&r);
    r = expect(
        "backtest waves.csv --d-model 16 --heads 2 --layers 1 --lookback 14 --horizon 2 --learning-rate 1e-2 "
        "--epochs 8 --folds 3 --seeds 2 --sliding --gap 3 --csv folds.csv -q --require-skill --season 1",
        0);
    assert_null(strstr(r.out, "seasonal-naive"));
    assert_non_null(strstr(r.out, "itransformer beats repeat-last over 3 folds"));
    program_result_free(&r);
    char *csv = program_read("folds.csv", NULL);
    int lines = 0;
    for (const char *c = csv; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + 2 * 4);
    free(csv);
    remove("folds.csv");
    remove("waves.csv");
}

static void test_refusals(void **state)
{
    (void)state;
    static const char bad[] = "Date,Close\n2020-01-02,1\n2020-01-03,0\n2020-01-06,1\n2020-01-07,1\n";
    static const struct {
        const char *words;
        int status;
        const char *says;
    } cases[] = {
        {"train FOLLOW.csv LEAD.csv -o x.safetensors", 2, "--prices only"},
        {"train bad.csv --prices -o x.safetensors", 3, "'bad' has a price of 0 at 2020-01-03"},
        {"train FOLLOW.csv FOLLOW.csv --prices -o x.safetensors", 3, "comes twice"},
        {"train FOLLOW.csv --prices --target LEAD -o x.safetensors", 2, "no ticker 'LEAD'"},
        {"train FOLLOW.csv --prices --tickers LEAD -o x.safetensors", 3, "no ticker 'LEAD'"},
        {"train FOLLOW.csv --prices --on-missing linear -o x.safetensors", 2, "looks ahead"},
        {"train FOLLOW.csv LEAD.csv --prices --merge geometric --smooth 3 -o x.safetensors", 2,
         "--smooth-target"},
        {"train FOLLOW.csv --prices --smooth 699 -o x.safetensors", 3, "too few"},
        {"evaluate FOLLOW.csv LEAD.csv model.safetensors", 3, "no ticker 'OTHER'"},
        {"forecast FOLLOW.csv model.safetensors", 3, "no ticker 'LEAD'"},
        {"forecast model.safetensors FOLLOW.csv LEAD.csv", 2, "the data comes first"},
        {"forecast FOLLOW.csv LEAD.csv OTHER.csv model.safetensors --steps 9", 2, "does not forecast all"},
        {"evaluate FOLLOW.csv LEAD.csv OTHER.csv model.safetensors --plot-steps x.png", 2, "--plot-steps"},
        {"evaluate FOLLOW.csv LEAD.csv OTHER.csv model.safetensors --plot x.png --window 9999", 2,
         "--window"},
        {"plot attention FOLLOW.csv LEAD.csv model.safetensors", 3, "no ticker 'OTHER'"},
        {"plot attention FOLLOW.csv", 2, "plot attention takes DATA.csv"},
        {"correlate FOLLOW.csv --prices", 3, "nothing to correlate"},
        {"correlate FOLLOW.csv LEAD.csv --prices --target NONE", 2, "no ticker 'NONE'"},
        {"correlate FOLLOW.csv LEAD.csv --prices --smooth 3", 2, "no --smooth"},
        {"backtest FOLLOW.csv --prices --split 0.7/0.1/0.2", 2, "--split"},
        {"backtest FOLLOW.csv --prices --folds 600", 3, "fold"},
        {"backtest FOLLOW.csv LEAD.csv", 2, "--prices only"},
        {"backtest FOLLOW.csv --prices --alone", 2, "--target names them"},
        {"train FOLLOW.csv --smooth 3 -o x.safetensors", 2, "--prices says that the files are prices"},
        {"train FOLLOW.csv --prices --smooth-target -o x.safetensors", 2, "needs --smooth"},
        {"train FOLLOW.csv --prices --threshold 0.2 -o x.safetensors", 2, "--select says that columns are"},
        {"train FOLLOW.csv LEAD.csv --prices --select -o x.safetensors", 2, "--target names it"},
        {"evaluate FOLLOW.csv LEAD.csv OTHER.csv model.safetensors --per-step", 2, "--per-step is not for"},
    };
    program_write("bad.csv", bad, sizeof bad - 1);
    const int files = program_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_result r = expect(cases[i].words, cases[i].status);
        if (!strstr(r.err, cases[i].says))
            fail_msg("auspex %s: %s", cases[i].words, r.err);
        program_result_free(&r);
    }
    assert_int_equal(program_files(), files);
    remove("bad.csv");
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correlate),
        cmocka_unit_test(test_lead_is_found_and_used),
        cmocka_unit_test(test_training_by_choice),
        cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_forecast_is_a_price),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_feeding_back),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_filling_back_leaks),
        cmocka_unit_test(test_backtest_of_any_table),
        cmocka_unit_test(test_refusals),
    };
    if (count < 2 || program_set_up(words[1])) {
        fputs("usage: test_cli_prices PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
