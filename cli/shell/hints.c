/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody means who uses the words of other programs, or misspells ours. */
#include "cli/shell/hints.h"

#include "lib/base/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Words of other programs, and ours; of several the first that the command takes. */
typedef struct translation {
    const char *theirs, *ours; /* parted by blanks */
} translation;

static const translation options[] = {
    {"horizon h fh n steps pred-len prediction-length forecast-length forecast-horizon output-chunk-length "
     "periods n-periods",
     "horizon steps"},
    {"input-size context-length seq-len sequence-length input-chunk-length look-back lookback-window window "
     "window-size history-size lags",
     "lookback"},
    {"lr learning-rate-init eta", "learning-rate"},
    {"lr-scheduler scheduler lr-schedule lradj", "schedule"},
    {"freq step-size-time granularity interval", "frequency"},
    {"batch-size batchsize bs minibatch", "batch"},
    {"max-epochs n-epochs num-epochs train-epochs max-steps iterations iters", "epochs"},
    {"early-stopping early-stop early-stop-patience", "patience"},
    {"optimizer optim", "optimiser"},
    {"wd l2 regularization regularisation", "weight-decay"},
    {"grad-clip gradient-clip max-norm gradient-clip-val", "clip"},
    {"random-state random-seed rng", "seed"},
    {"objective criterion loss-function", "loss"},
    {"alpha tau q", "quantile"},
    {"hidden-size hidden hidden-dim dim model-dim width", "d-model"},
    {"n-heads num-heads nhead attention-heads", "heads"},
    {"n-layers num-layers e-layers encoder-layers depth blocks", "layers blocks"},
    {"ff-dim dim-feedforward d-feedforward ffn", "d-ff"},
    {"normalize normalise scaling standardize standardise scale", "scaler"},
    {"target-column target-col y label-column output-column value-column value", "target label"},
    {"features-columns usecols use-columns cols variables column", "columns"},
    {"drop drop-columns ignore skip-columns", "exclude"},
    {"time-column time-col date-column date-col datetime-column timestamp-column timestamp timestamp-col ds "
     "date "
     "datetime index-col index",
     "time time-column"},
    {"date-format datetime-format timestamp-format format dateformat", "time-format"},
    {"id-column id-col unique-id item-id series-id group group-column static-id groupby", "id id-column"},
    {"sep separator delim field-separator", "delimiter"},
    {"decimal decimal-mark decimal-point dec", "decimal-comma"},
    {"thousands-separator thousand grouping-mark", "thousands"},
    {"na-values na nan missing-value missing-values nodata null-values", "missing"},
    {"fillna fill impute imputation fill-missing", "on-missing"},
    {"skiprows skip-rows skip-lines", "skip"},
    {"index-start start-date start-time first-date", "start"},
    {"train-test-split test-size val-size validation-size train-size test-fraction", "split validation"},
    {"season-length sp seasonality seasonal-periods m period seasonal-period", "season"},
    {"n-windows n-splits splits cv k-folds n-folds", "folds"},
    {"step-size stride-length", "stride"},
    {"covariates future-covariates known-covariates x-df exog exogenous regressors xreg", "future"},
    {"static-covariates static-features", "static"},
    {"n-jobs num-workers workers jobs cores nproc num-threads", "threads"},
    {"out outfile output-file out-file save save-path save-to model-path dest", "output"},
    {"figure fig image picture png graph chart", "plot"},
    {"algorithm algo method estimator model-name model-type kind", "model"},
    {"metadata-file meta objects", "metadata"},
    {"filter filter-column passband band", "band-column"},
    {"zeropoint zp-mag", "zp"},
    {"silent verbose-off no-verbose", "quiet"},
    {"color", "colour"},
    {0}};

static const translation commands[] = {
    {"predict infer prediction", "forecast classify"},
    {"fit learn training", "train"},
    {"test score validate eval evaluation assess metrics benchmark-model", "evaluate"},
    {"cv cross-validate cross-validation crossvalidation walk-forward rolling", "backtest"},
    {"info describe show summary summarise summarize head explore eda view", "inspect"},
    {"draw visualize visualise graph picture figure", "plot"},
    {"corr correlation", "correlate"},
    {"generate synth synthetic", "simulate"},
    {"convert load", "import"},
    {"list kinds algorithms", "models"},
    {"speed benchmark", "bench"},
    {"version", "--version"},
    {0}};

static bool holds(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; length && (at = strstr(at, word)); at++)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

/* --- options --- */

static const nn_option *find(const nn_option *const *tables, int count, const char *name)
{
    const nn_option *found = NULL;
    for (int i = 0; i < count && !found; i++)
        found = nn_option_find(tables[i], name);
    return found;
}

/* The first of our words that is taken here. */
static const nn_option *translate(const nn_option *const *tables, int count, const char *name)
{
    for (const translation *t = options; t->theirs; t++) {
        char ours[64];
        if (!holds(t->theirs, name))
            continue;
        snprintf(ours, sizeof ours, "%s", t->ours);
        for (char *at = ours, *word; (word = strsep(&at, " "));) {
            const nn_option *found = find(tables, count, word);
            if (found)
                return found;
        }
    }
    return NULL;
}

static const nn_option *nearest(const nn_option *const *tables, int count, const char *name)
{
    enum { MOST = 256 };
    const nn_option *all[MOST];
    const char *words[MOST];
    int n = 0;
    for (int i = 0; i < count; i++)
        for (const nn_option *o = tables[i]; o->name && n < MOST; o++) {
            all[n] = o;
            words[n++] = o->name;
        }
    int near = nn_nearest_word(name, words, n);
    if (near < 0 && strncmp(name, "no-", 3) == 0)
        near = nn_nearest_word(name + 3, words, n);
    return near < 0 ? NULL : all[near];
}

/* The first purpose whose models have the option in a command; FC_ANY: those of none. */
static fc_purpose purpose_of(const cli_command *command, const char *name)
{
    for (int p = FC_ANY + 1; p < FC_PURPOSES; p++)
        if (cli_command_takes(command, (fc_purpose)p, name))
            return (fc_purpose)p;
    return FC_ANY;
}

/* Kinds of model, or else commands, that have an option of this name: "a, b and c". */
static void list_owners(char *text, size_t size, const char *name, bool kinds)
{
    const char *owners[40];
    int count = 0;
    const fc_kind *kind;
    for (int i = 0; kinds && count < 40 && (kind = fc_kind_at(i)); i++)
        if (nn_option_find(kind->options, name))
            owners[count++] = kind->name;
    for (int i = 0; !kinds && count < 40 && cli_commands[i]; i++)
        if (purpose_of(cli_commands[i], name))
            owners[count++] = cli_commands[i]->name;
    *text = '\0';
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", owners[i]);
    }
}

int cli_option_unknown(const cli_run *run, const nn_option *const *tables, int count, const char *given,
                       nn_error *error)
{
    static const char *const whose[FC_PURPOSES] = {
        [FC_FORECASTS] = "models that forecast", [FC_CLASSIFIES] = "classifiers of light curves, such as t2"};
    const cli_command *command = run->command;
    char name[64], owners[300];
    snprintf(name, sizeof name, "%s", given);
    for (char *c = name; *c; c++)
        *c = *c == '_' ? '-' : *c;
    const nn_option *meant = find(tables, count, name); /* with underscores for dashes */
    const char *other = whose[purpose_of(command, name)];
    if (!meant && other)
        return nn_fail(error, NN_USAGE, "--%s is for %s", given, other);
    if (!meant)
        meant = translate(tables, count, name);
    if (meant)
        return nn_fail(error, NN_USAGE, "unknown option --%.60s: here it is --%s", given, meant->name);
    list_owners(owners, sizeof owners, name, true);
    if (*owners && command->model && strcmp(name, "weights") == 0 &&
        nn_option_find(run->kind->options, "init"))
        return nn_fail(error, NN_USAGE,
                       "--%.60s is a setting of --model %s; the folder of %s is told by --init, or by itself",
                       given, owners, run->kind->name);
    if (*owners && command->model)
        return nn_fail(error, NN_USAGE, "--%.60s is a setting of --model %s", given, owners);
    list_owners(owners, sizeof owners, name, false);
    if (*owners)
        return nn_fail(error, NN_USAGE, "--%.60s is no option of %s, but of %s", given, command->name,
                       owners);
    meant = nearest(tables, count, name);
    return meant ? nn_fail(error, NN_USAGE, "unknown option --%.60s; did you mean --%s?", given, meant->name)
                 : nn_fail(error, NN_USAGE, "unknown option --%.60s", given);
}

/* --- commands --- */

int cli_command_unknown(const char *name, nn_error *error)
{
    const char *names[32];
    int count = 0;
    for (; count < 32 && cli_commands[count]; count++)
        names[count] = cli_commands[count]->name;
    for (const translation *t = commands; t->theirs; t++) {
        const char *second = strchr(t->ours, ' ');
        if (holds(t->theirs, name))
            return second ? nn_fail(error, NN_USAGE,
                                    "there is no command '%.60s': here it is %.*s, or for light curves%s",
                                    name, (int)(second - t->ours), t->ours, second)
                          : nn_fail(error, NN_USAGE, "there is no command '%.60s': here it is %s", name,
                                    t->ours);
    }
    const int near = nn_nearest_word(name, names, count);
    return near < 0
               ? nn_fail(error, NN_USAGE, "there is no command '%.60s'", name)
               : nn_fail(error, NN_USAGE, "there is no command '%.60s'; did you mean %s?", name, names[near]);
}
