/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex simulate: made-up data of which the truth is known, by kind. */
#include "cli/shell/list.h"

#include "cli/commands/simulate/simulate.h"
#include "cli/shell/arguments.h"
#include "lib/base/nearest.h"

#include <string.h>

#define FIELD(name) offsetof(cli_simulate_settings, name)
static const nn_option common_options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0,
     "the data (needed): a CSV file, compressed where the name ends in .gz; -: standard output"},
    {"seed", 0, NN_SEED, FIELD(seed), "1", "N", 0, 0, "same seed, same file, on any number of threads"},
    {"truth", 0, NN_FLAG, FIELD(truth), "false", NULL, 0, 0,
     "add what no observer knows: to the metadata true_model, true_z, true_peakmjd, true_mag, true_period, "
     "true_timescale, true_shape; to the wind true_wind, state; to tables true_sales, true_price (what is to "
     "be "
     "expected), true_volatility"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024, "of light curves; 0: all cores"},
    {0}};

static const nn_option lightcurve_options[] = {
    {"metadata", 0, NN_TEXT, FIELD(metadata), NULL, "FILE", 0, 0,
     "the metadata, a line per object with its class (needed)"},
    {"objects", 0, NN_INT, FIELD(objects), "2000", "N", 1, 100000000,
     "objects that the survey keeps; more of them begin with the same ones"},
    {"classes", 0, NN_LIST, FIELD(classes), NULL, "A,B,...", 0, 0,
     "classes by name or code: 6 mu-Lens, 15 TDE, 16 EB, 42 SNII, 52 SNIax, 53 Mira, 62 SNIbc, 64 KN, 65 "
     "M-dwarf, "
     "67 SNIa-91bg, 88 AGN, 90 SNIa, 92 RRL, 95 SLSN-I, 99 other (all but 99)"},
    {"mix", 0, NN_CHOICE, FIELD(mix), "equal", "equal|training|survey", 0, 0,
     "as many of each class; or in the proportions of PLAsTiCC's training set; or of its test set (a few "
     "of the rare classes in thousands of objects)"},
    {"bands", 0, NN_LIST, FIELD(bands), NULL, "B,...", 0, 0,
     "passbands to look through, up to 6, by name where they are known (B,V,R,I, ztf), else with their "
     "wavelengths in "
     "Angstrom (g=4802); depth and visits are those of LSST's tables there (u to y of LSST, written as 0 to "
     "5)"},
    {"deep", 0, NN_REAL, FIELD(deep), "0.1", "SHARE", 0, 1,
     "share of objects in deep drilling fields, which are seen three times as often and deeper"},
    {"specz", 0, NN_REAL, FIELD(specz), "1", "SHARE", 0, 1,
     "share of objects outside the Galaxy with hostgal_specz; empty for the others"},
    {0}};

static const nn_option wind_options[] = {
    {"stations", 0, NN_TEXT, FIELD(stations), NULL, "FILE", 0, 0,
     "where the turbines stand: station,x,y in metres (needed)"},
    {"turbines", 0, NN_INT, FIELD(turbines), "20", "N", 1, 1000, "turbines of the farm"},
    {"days", 0, NN_INT, FIELD(days), "60", "N", 1, 3660, "length; more days begin with the same ones"},
    {"step", 0, NN_TEXT, FIELD(step), "10min", "STEP", 0, 0,
     "between rows: whole minutes that divide a day, 1min to 1d"},
    {"start", 0, NN_TEXT, FIELD(start), "2020-05-01", "DATE", 0, 0, "first day, UTC"},
    {"spacing", 0, NN_REAL, FIELD(spacing), "1000", "METRES", 200, 20000, "between neighbours"},
    {"speed", 0, NN_REAL, FIELD(speed), "7.5", "M/S", 2, 20, "mean wind at hub height"},
    {"direction", 0, NN_REAL, FIELD(direction), "240", "DEGREES", 0, 360, "from where the wind prevails"},
    {"curtailed", 0, NN_REAL, FIELD(curtailed), "0.03", "SHARE", 0, 0.9,
     "of time: power held down on order, blades pitched out of the wind"},
    {"faults", 0, NN_REAL, FIELD(faults), "0.03", "SHARE", 0, 0.9,
     "of time, in equal parts: values that repeat, negative power, nothing at all"},
    {"weather", 0, NN_FLAG, FIELD(weather), "false", NULL, 0, 0,
     "add U10,V10: a weather forecast of the wind, made a day before, for use as known-future columns"},
    {0}};

static const nn_option table_options[] = {
    {"years", 0, NN_INT, FIELD(years), "3", "N", 1, 100,
     "length from 2021-01-01; more years begin with the same ones"},
    {"ahead", 0, NN_INT, FIELD(ahead), "0", "N", 0, 100000,
     "further rows of sales and power in which only what is known beforehand stands"},
    {0}};
static const nn_option sales_options[] = {{"shops", 0, NN_INT, FIELD(shops), "6", "N", 1, 99,
                                           "small, medium and large ones in the north and in the south"},
                                          {"by", 0, NN_CHOICE, FIELD(by), "week", "day|week|month", 0, 0,
                                           "what a row is of: sums of the same days"},
                                          {"holidays", 0, NN_TEXT, FIELD(holidays), NULL, "FILE", 0, 0,
                                           "the days on which shops are closed: date,holiday"},
                                          {0}};
static const nn_option share_options[] = {
    {"tickers", 0, NN_INT, FIELD(tickers), "3", "N", 1, 26, "shares: AAA, BBB, ..."}, {0}};
static const nn_option no_options[] = {{0}};

static const struct {
    const char *word;
    const nn_option *own, *shared;
    int (*run)(const cli_simulate_settings *settings, nn_error *error);
} subjects[] = {{"lightcurves", lightcurve_options, no_options, cli_simulate_lightcurves},
                {"wind", wind_options, no_options, cli_simulate_wind},
                {"sales", sales_options, table_options, cli_simulate_sales},
                {"power", no_options, table_options, cli_simulate_power},
                {"shares", share_options, table_options, cli_simulate_shares}};
#define SUBJECT_WORDS "lightcurves, wind, sales, power, shares"
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static int refuse_subject(const char *word, nn_error *error)
{
    const char *words[SUBJECTS];
    for (int i = 0; i < SUBJECTS; i++)
        words[i] = subjects[i].word;
    const int near = nn_nearest_word(word, words, SUBJECTS);
    return near < 0 ? nn_fail(error, NN_USAGE, "'%.60s' is none of " SUBJECT_WORDS, word)
                    : nn_fail(error, NN_USAGE, "'%.60s' is none of " SUBJECT_WORDS "; did you mean %s?", word,
                              words[near]);
}

static const char *given_foreign(const nn_option *table, int subject)
{
    for (const nn_option *o = table; o->name; o++)
        if (cli_given(o->name) && !nn_option_find(subjects[subject].own, o->name) &&
            !nn_option_find(subjects[subject].shared, o->name))
            return o->name;
    return NULL;
}

/* An option of another subject would do nothing. */
static int check_options(int subject, nn_error *error)
{
    for (int i = 0; i < SUBJECTS; i++) {
        const char *own = given_foreign(subjects[i].own, subject);
        const char *name = own ? own : given_foreign(subjects[i].shared, subject);
        if (name)
            return nn_fail(error, NN_USAGE, "--%s is an option of 'simulate %s', not of 'simulate %s'", name,
                           subjects[i].word, subjects[subject].word);
    }
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    for (int i = 0; i < SUBJECTS; i++)
        if (strcmp(run->operands[0], subjects[i].word) == 0) {
            const int code = check_options(i, error);
            return code ? code : subjects[i].run(run->settings, error);
        }
    return refuse_subject(run->operands[0], error);
}

static const cli_section sections[] = {{"Result", common_options, 0},
                                       {"Of light curves", lightcurve_options, 0},
                                       {"Of wind", wind_options, 0},
                                       {"Of sales, power and shares", table_options, 0},
                                       {"Of sales", sales_options, 0},
                                       {"Of shares", share_options, 0},
                                       {0}};
static const cli_example examples[] = {
    {"auspex simulate lightcurves --objects 2000 -o sky.csv --metadata sky_meta.csv",
     "two thousand objects of fourteen classes"},
    {"auspex simulate lightcurves --classes SNIa,SNII,SNIbc --seed 2 -o sn.csv.gz --metadata sn_meta.csv",
     "supernovae, compressed"},
    {"auspex simulate lightcurves --mix survey --objects 200000 --specz 0.04 -o big.csv.gz --metadata "
     "big_meta.csv",
     "as a survey finds them"},
    {"auspex simulate wind --turbines 20 --days 60 --weather -o wind.csv --stations wind_stations.csv",
     "a wind farm with its weather forecast"},
    {"auspex simulate sales --by week --ahead 8 -o sales.csv",
     "weekly sales of six shops, and promotions to come"},
    {"auspex simulate power --ahead 24 -o power.csv", "prices of power beside load, wind and sun"},
    {NULL, NULL}};

const cli_command cli_simulate = {
    .name = "simulate",
    .summary = "make data with known answers: light curves, a wind farm, sales, prices of power or shares",
    .synopsis =
        "lightcurves -o FILE --metadata FILE | wind -o FILE --stations FILE | sales|power|shares -o FILE "
        "[OPTION...]",
    .about =
        "Light curves: sources of PLAsTiCC's fourteen classes as a survey like LSST sees them in three "
        "years, in "
        "PLAsTiCC's columns object_id,mjd,passband,flux,flux_err,detected. Flux has zero point 27.5, bands 0 "
        "to 5 "
        "are u g r i z y, and of variable stars and active nuclei it is the difference to a template. "
        "Objects with "
        "fewer than two detections are not kept. Rates, luminosities and shapes are literature values, "
        "spectra are "
        "black bodies: good for tests and demonstrations, not for published rates.\n\n"
        "Wind: gusts and fronts travel over a farm of 1.5 MW turbines and reach each after distance / speed; "
        "turbines stand in one another's wakes, are curtailed, and their sensors fail. The columns are "
        "SDWPF's, "
        "with dates: station,time,Wspd,Wdir,Etmp,Itmp,Ndir,Pab1,Pab2,Pab3,Prtv,Patv.\n\n"
        "Sales: what shops sell, with days of the week, a season, Christmas, promotions and holidays, in the "
        "columns "
        "shop,date,sales,promotion,region,size. Power: hourly prices that follow from forecasts of load, "
        "wind and sun: "
        "time,price,load,wind,solar. Shares: closes of which nothing can be forecast: date,AAA,BBB,CCC.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(cli_simulate_settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "lightcurves, wind, sales, power or shares",
    .run = run,
};
