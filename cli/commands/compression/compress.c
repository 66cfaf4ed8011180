/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex compress: a trained network with fewer or smaller numbers. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
#include "cli/input/recipe.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/compress/maps.h"
#include "forecast/compress/precision.h"
#include "forecast/compress/straight.h"
#include "forecast/files/int8.h"
#include "forecast/training/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output, *lowrank, *tolerance, *factor;
    int quantise, precision, weighted, epochs, refit, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the smaller model goes"},
    {"lowrank", 0, NN_TEXT, FIELD(lowrank), NULL, "energy=E|rank=R", 0, 0,
     "make two maps of each linear map that becomes smaller by it: as many columns between them as keep the "
     "share E of its squared singular values, such as energy=0.95 (with --data, of the variance of its "
     "outputs); or R, below 1 as a share of the most that saves anything"},
    {"tolerance", 0, NN_TEXT, FIELD(tolerance), NULL, "SHARE", 0, 0,
     "with --data, the lowest ranks whose validation loss is no more than so much higher, such as 1%, map by "
     "map"},
    {"factor", 0, NN_TEXT, FIELD(factor), NULL, "ds:r=R:s=S[:b=B]", 0, 0,
     "a basis of R columns times a matrix with S numbers in each column in the place of each of B blocks of "
     "a "
     "linear map's rows (4), such as ds:r=32:s=4: fewer bytes, not fewer multiply-adds"},
    {"weighted", 0, NN_FLAG, FIELD(weighted), "true", NULL, 0, 0,
     "with --data, the columns that say most of what the maps make of training samples; --no-weighted: by "
     "their weights alone"},
    {"epochs", 0, NN_INT, FIELD(epochs), "0", "N", 0, 100000,
     "with --data, train what --lowrank, --tolerance or --factor left for so many passes, at a tenth of the "
     "rate; of --factor which numbers stay is learnt, too"},
    {"refit", 0, NN_FLAG, FIELD(refit), "false", NULL, 0, 0,
     "with --data, fit the intervals, or the temperature and novelty of a classifier, again though all "
     "weights "
     "stay"},
    {"quantise", 0, NN_FLAG, FIELD(quantise), "false", NULL, 0, 0,
     "weights as whole numbers of eight bits, with a scale for each row"},
    {"precision", 0, NN_CHOICE, FIELD(precision), "float", "float|bf16|int8", 0, 0,
     "with --data, linear maps of bfloat16 or of whole numbers of eight bits whenever the model infers, "
     "where "
     "the validation loss does not grow by more than 0.5%; otherwise they stay as they are"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what it costs before and after as JSON"},
    {0}};

typedef struct job {
    const settings *s;
    cli_reduction r;
    double energy, rank, tolerance; /* 0: not asked for */
    fc_factor_wish factor;
    int maps; /* of two */
    fc_precision_trial precision;
} job;

/* Of the validation loss, by fewer bits in products. */
static const double MOST_GROWTH = 0.005;

/* --- what is asked for --- */

static int parse_lowrank(const char *text, double *energy, double *rank, nn_error *error)
{
    char *end = NULL;
    if (strncmp(text, "energy=", 7) == 0)
        *energy = strtod(text + 7, &end);
    else if (strncmp(text, "rank=", 5) == 0)
        *rank = strtod(text + 5, &end);
    const bool good = end && !*end && (*energy > 0 ? *energy <= 1 : *rank > 0 && *rank < 1e6);
    return good ? NN_OK
                : nn_fail(error, NN_USAGE,
                          "--lowrank: '%.60s' is neither energy=E, a share above 0, nor rank=R, such as "
                          "energy=0.95",
                          text);
}

static int parse_factor(const char *text, fc_factor_wish *wish, nn_error *error)
{
    int used = 0, more = 0;
    wish->blocks = 4;
    bool good = sscanf(text, "ds:r=%d:s=%d%n", &wish->rank, &wish->kept, &used) == 2;
    if (good && text[used])
        good = sscanf(text + used, ":b=%d%n", &wish->blocks, &more) == 1 && !text[used + more];
    good = good && wish->rank > 0 && wish->rank <= FC_MOST_FACTOR_RANK && wish->kept > 0 &&
           wish->kept <= FC_MOST_FACTOR_KEPT && wish->kept <= wish->rank && wish->blocks > 0 &&
           wish->blocks <= 4096;
    return good ? NN_OK
                : nn_fail(error, NN_USAGE,
                          "--factor: '%.60s' is not ds:r=R:s=S[:b=B], with R up to %d and S up to %d of "
                          "them, such "
                          "as ds:r=32:s=4",
                          text, FC_MOST_FACTOR_RANK, FC_MOST_FACTOR_KEPT);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    int code = NN_OK;
    if (!s->output)
        code = nn_fail(error, NN_USAGE, "--output names the file of the smaller model");
    else if (!s->lowrank && !s->quantise && !s->tolerance && !s->factor && !s->refit && !s->precision)
        code = nn_fail(error, NN_USAGE,
                       "nothing to do: --quantise, --lowrank energy=0.95, --precision int8, or several");
    else if ((code = cli_check_one_output(s->json, s->output, error)))
        return code;
    else if (s->lowrank && s->tolerance)
        code = nn_fail(error, NN_USAGE, "--tolerance chooses the ranks that --lowrank gives: one of them");
    else if (s->factor && (s->lowrank || s->tolerance || s->quantise))
        code = nn_fail(error, NN_USAGE, "--factor goes alone: not with --lowrank, --tolerance or --quantise");
    else if (!s->trial.data && (s->tolerance || s->epochs || s->refit || s->precision))
        code = nn_fail(error, NN_USAGE, "--%s needs --data FILE",
                       s->tolerance ? "tolerance"
                       : s->epochs  ? "epochs"
                       : s->refit   ? "refit"
                                    : "precision");
    else if (s->epochs && !s->lowrank && !s->tolerance && !s->factor)
        code = nn_fail(error, NN_USAGE,
                       "--epochs trains what --lowrank, --tolerance or --factor left; 'auspex update' trains "
                       "others");
    if (!code && s->lowrank)
        code = parse_lowrank(s->lowrank, &j->energy, &j->rank, error);
    if (!code && s->tolerance)
        code = cli_parse_share(&j->tolerance, "tolerance", s->tolerance, error);
    if (!code && s->factor)
        code = parse_factor(s->factor, &j->factor, error);
    return code ? code : cli_check_output(s->output, error);
}

/* --- the work --- */

static void say_trials(size_t done, size_t all)
{
    cli_progress("trial %zu of at most %zu", done, all);
}

/* Chooses the ranks, and makes the maps of two. */
static int cut_maps(job *j, const fc_trial *trial, nn_error *error)
{
    fc_maps maps;
    double loss;
    int code = fc_maps_open(&maps, j->r.model, j->s->weighted ? trial : NULL, error);
    if (!code && j->s->tolerance)
        code = fc_maps_search(&maps, trial, j->r.before.loss * (1 + j->tolerance), &loss, say_trials, error);
    else if (!code)
        code = fc_maps_ask(&maps, j->energy, j->rank, error);
    cli_progress_end();
    if (!code)
        code = fc_maps_apply(&maps, error);
    fc_maps_clear(&maps);
    j->maps = j->r.model->factor_count;
    if (!code && !j->maps)
        cli_say_note("no linear map becomes smaller at --%s %s: all stay as they are",
                     j->s->lowrank ? "lowrank" : "tolerance",
                     j->s->lowrank ? j->s->lowrank : j->s->tolerance);
    return code;
}

static int factor_maps(job *j, nn_error *error)
{
    fc_maps maps;
    int code = fc_maps_open(&maps, j->r.model, NULL, error);
    if (!code)
        code = fc_maps_factor(&maps, &j->factor, &j->maps, error);
    fc_maps_clear(&maps);
    if (!code && j->maps && j->s->epochs) {
        cli_say("training dense proxies of the sparse matrices ...");
        code = fc_straight_begin(j->r.model, error);
        if (!code)
            code = cli_train_further(j->r.model, j->s->epochs, &j->r.data.request, error);
        if (!code)
            code = fc_straight_end(j->r.model, error);
    }
    if (!code && !j->maps)
        cli_say_note("no linear map becomes smaller by --factor %s: all stay as they are", j->s->factor);
    return code;
}

static int set_precision(job *j, nn_error *error)
{
    const char *name = fc_precision_names[j->s->precision];
    int code = fc_precision_try(&j->precision, j->r.model, &j->r.data.request, (nn_precision)j->s->precision,
                                MOST_GROWTH, error);
    if (!code && !j->precision.kept)
        cli_say_note(
            "--precision %s takes the validation loss from %.6g to %.6g, %+.2f%%: more than %g%%, so "
            "that the maps stay as they are",
            name, j->precision.exact, j->precision.low, 100 * (j->precision.low / j->precision.exact - 1),
            100 * MOST_GROWTH);
    return code;
}

static int shrink(job *j, nn_error *error)
{
    const settings *s = j->s;
    fc_trial trial = {0};
    int code = NN_OK;
    j->r.model->precision = NN_FLOAT; /* it was chosen for the weights as they were */
    j->r.model->params->precision = NN_FLOAT;
    if (s->lowrank || s->tolerance) {
        if (j->r.whole)
            code = fc_trial_open(&trial, j->r.whole, j->r.data.request, error);
        if (!code)
            code = cut_maps(j, j->r.whole ? &trial : NULL, error);
        fc_trial_close(&trial);
        if (!code && s->epochs) {
            cli_say("training the smaller network ...");
            code = cli_train_further(j->r.model, s->epochs, &j->r.data.request, error);
        }
    }
    if (s->factor)
        code = factor_maps(j, error);
    if (!code && s->quantise) {
        code = fc_int8_round(j->r.model->params, error);
        j->r.model->int8 = true;
    }
    /* what the weights are in the end */
    if (!code && j->r.whole && (s->refit || s->quantise || (j->maps && !s->epochs)))
        code = fc_trial_settle(j->r.model, &j->r.data.request, error);
    if (!code && s->precision)
        code = set_precision(j, error);
    return code;
}

static int give(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (s->json) {
        json_t *document = cli_reduction_json(&j->r, "auspex.compress/1");
        nn_json_set(document, "maps_of_two", json_integer(j->maps));
        if (s->precision) {
            json_t *precision = json_object();
            nn_json_set(precision, "asked", nn_json_text(fc_precision_names[s->precision]));
            nn_json_set(precision, "chosen", nn_json_text(fc_precision_names[j->r.model->precision]));
            nn_json_set(precision, "float_loss", nn_json_real(j->precision.exact));
            nn_json_set(precision, "loss", nn_json_real(j->precision.low));
            nn_json_set(document, "precision", precision);
        }
        return cli_reduction_print(&j->r, document, error);
    }
    cli_sizes_print(j->r.before, j->r.after, s->output);
    if (!s->trial.data)
        cli_say_note("--data FILE says what it costs: validation loss and time, before and after");
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .r = {.path = run->operands[0], .output = s->output, .trial = &s->trial}};
    int code = check(&j, error);
    if (!code)
        code = cli_reduction_open(&j.r, error);
    if (!code && j.r.model->kind->forecaster)
        code = nn_fail(error, NN_USAGE, "%s is no network: there are no weights to be made smaller",
                       j.r.model->kind->name);
    if (!code && s->trial.data)
        code = cli_reduction_measure(&j.r, error);
    if (!code)
        code = shrink(&j, error);
    if (!code)
        code = cli_reduction_save(&j.r, error);
    if (!code)
        code = give(&j, error);
    cli_reduction_clear(&j.r);
    return code;
}

static const cli_section sections[] = {{"Compression", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex compress model.safetensors --quantise -o small.safetensors",
     "about a quarter of the bytes, and hardly another forecast"},
    {"auspex compress model.safetensors --lowrank energy=0.95 --quantise -o small.safetensors",
     "fewer weights, too"},
    {"auspex compress model.safetensors --data data.csv --quantise --precision int8 -o fast.safetensors",
     "and multiplied in eight bits, which is faster, if the validation rows bear it"},
    {"auspex compress model.safetensors --data data.csv --tolerance 1% --quantise -o small.safetensors",
     "as small as the validation rows allow, and what it costs"},
    {"auspex compress model.safetensors --data data.csv --lowrank energy=0.95 --epochs 3 -o "
     "small.safetensors",
     "and trained a little more"},
    {"auspex compress model.safetensors --data data.csv --factor ds:r=32:s=4 --epochs 3 -o small.safetensors",
     "a basis and few numbers of it, and both trained"},
    {"auspex compress t2.safetensors --data sky.csv --metadata sky_meta.csv --tolerance 1% -o "
     "small.safetensors",
     "a classifier"},
    {"auspex compress t2.safetensors --data sky.csv --metadata sky_meta.csv --refit -o t2_new.safetensors",
     "all weights as they are, what is normal to a classifier by this version of the program"},
    {"auspex compare data.csv model.safetensors small.safetensors --part validation",
     "what it costs beside naive forecasts"},
    {NULL, NULL}};

const cli_command cli_compress = {
    .name = "compress",
    .summary = "make a trained network smaller",
    .synopsis = "MODEL -o FILE [--data FILE] [--lowrank energy=E|rank=R | --tolerance SHARE] [--quantise] "
                "[--precision bf16|int8] [--factor ds:r=R:s=S] [--refit]",
    .about =
        "The result is a model like any other: it forecasts, is scored and drawn by the same commands. Maps "
        "of two (Greenformers, arXiv 2109.06762) also take fewer multiply-adds; weights of eight bits are "
        "widened when the file is read, so that they save bytes alone. --precision is of the products: "
        "weights "
        "and the rows that meet them are rounded to bfloat16, or to steps of eight bits with a scale for "
        "each "
        "row, and multiplied so, which takes less time on processors that have instructions for it (AMX, "
        "AVX-512 or AVX VNNI, AVX-512 BF16). It goes with --quantise: weights that stand on steps of eight "
        "bits stay on these. forecast, evaluate and classify have --precision, too, for another try. A "
        "training that goes on, and compression without --precision, have floats again.\n\n"
        "With --data, read and cut as the model's own data were, the ranks go by what the maps make of "
        "training "
        "samples, and a table says weights, bytes, the time of one sample on one thread and the loss of the "
        "validation part, before and after. Intervals, and the temperature and novelty of a classifier, are "
        "then fitted "
        "again.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "MODEL",
    .run = run,
};
