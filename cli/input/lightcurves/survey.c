/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier, a survey's light curves and their labels, opened together. */
#include "cli/input/lightcurves/survey.h"

#include "cli/input/lightcurves/prior.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "lib/base/text.h"
#include "lib/files/inputs.h"

#include <string.h>

enum { SLOTS = 512 };

const nn_option cli_survey_options[] = {
    {"label", 0, NN_TEXT, offsetof(cli_survey_settings, label), NULL, "COLUMN", 0, 0,
     "the column of labels in the table of objects (the one that the model was trained on)"},
    {"classes", 0, NN_TEXT, offsetof(cli_survey_settings, classes), NULL, "A=1|2,B=3,...", 0, 0,
     "the model's classes with the labels that stand for them (as in training)"},
    {"part", 0, NN_CHOICE, offsetof(cli_survey_settings, part), "auto", "auto|all|train|validation|test", 0,
     0,
     "objects to score; auto: the test part where the table of objects holds those trained on, whatever its "
     "name, else all"},
    CLI_PRIOR_OPTION(offsetof(cli_survey_settings, prior)),
    {0}};

enum { AUTO, ALL = CLI_PART_ALL, TRAIN, VALIDATION, TEST };

static void set_part(cli_survey *b, int choice)
{
    static const int parts[] = {
        [ALL] = -1, [TRAIN] = FC_PART_TRAINING, [VALIDATION] = FC_PART_VALIDATION, [TEST] = FC_PART_TEST};
    b->part = parts[choice];
    b->part_name = choice == ALL          ? "all"
                   : choice == TRAIN      ? "train"
                   : choice == VALIDATION ? "validation"
                                          : "test";
}

/* column: a second one, which the split goes by; NULL: none. */
static int read_table(cli_survey *b, const char *path, const cli_survey_settings *s, const char *label,
                      const char *column, nn_error *error)
{
    char categories[512];
    snprintf(categories, sizeof categories, "%s%s%s", label, column ? "," : "", column ? column : "");
    const cli_wanted wanted = {.categories = categories,
                               .numbers = b->model->redshift ? FC_REDSHIFT_COLUMNS : NULL,
                               .numbers_optional = true,
                               .path = path};
    ds_catalogue_free(b->catalogue);
    return cli_read_catalogue(&b->catalogue, &s->metadata, &s->photometry, NULL, &wanted, error);
}

/* Whether the table that was read holds the objects trained on. */
static bool is_known(const cli_survey *b, const char *objects, bool named)
{
    char clean[300];
    const bool same = ds_catalogue_hash(b->catalogue, 0) == b->model->base.record.objects_hash;
    if (named && !same)
        cli_say_note("%s has the name of the table trained on, but other objects: all are scored",
                     cli_clean(nn_base_name(objects), clean, sizeof clean));
    return same;
}

/* Reads the table of objects and sets the part to score: where it is left to the table, by its objects, or by
 * its name where the model knows no more of them. */
static int read_objects(cli_survey *b, const char *path, const cli_survey_settings *s, const char *label,
                        const char *column, nn_error *error)
{
    const fc_record *r = &b->model->base.record;
    const char *objects = s->metadata.file ? s->metadata.file : path;
    const bool named = strcmp(nn_base_name(objects), r->metadata_name) == 0,
               told = s->part == AUTO && r->objects_hash && strcmp(label, r->label_name) == 0 &&
                      (!column || nn_input_again(objects));
    int choice = s->part != AUTO ? s->part : named && !told ? TEST : ALL;
    int code = read_table(b, path, s, label, choice == ALL ? NULL : column, error);
    if (!code && told && is_known(b, objects, named)) {
        choice = TEST;
        code = column ? read_table(b, path, s, label, column, error) : NN_OK;
    }
    set_part(b, choice);
    return code;
}

static int read_labels(cli_survey *b, const char *path, const cli_survey_settings *s, nn_error *error)
{
    const fc_record *r = &b->model->base.record;
    const char *label = s->label ? s->label : r->label_name;
    const char *map = s->classes ? s->classes : *r->classes ? r->classes : NULL;
    char column[256];
    const bool second =
        cli_split_column(b->model->base.split, column, sizeof column) && strcmp(column, label) != 0;
    int code = read_objects(b, path, s, label, second ? column : NULL, error);
    if (!code)
        code = cli_labels_match(&b->labels, b->catalogue, 0, map, b->model, error);
    if (!code && b->part >= 0)
        code =
            cli_labels_split(&b->labels, b->catalogue, b->model->base.split, second, r->training.seed, error);
    if (!code)
        cli_labels_say_few(&b->labels, b->catalogue, b->part, false);
    return code;
}

static void line_up(cli_survey *b)
{
    b->objects = (fc_sweep){.reader = b->reader,
                            .catalogue = b->catalogue,
                            .label = b->labels.row,
                            .parts = b->labels.part,
                            .engine = b->engine,
                            .redshift = b->model->redshift,
                            .labelled_only = true,
                            .stopped = cli_interrupted,
                            .part = b->part};
}

int cli_survey_open(cli_survey *b, fc_classifier *model, const char *path, const cli_survey_settings *s,
                    int threads, nn_error *error)
{
    *b = (cli_survey){.model = model};
    int code = cli_answers_set(model, &s->answers, error);
    if (!code)
        code = read_labels(b, path, s, error);
    if (!code)
        code = cli_open_lightcurves(&b->reader, path, &s->photometry, NULL, &b->model->bands, error);
    if (!code)
        code = nn_pool_new(&b->pool, threads, error);
    if (!code)
        code = fc_engine_new(&b->engine, b->model, b->pool, SLOTS, true, error);
    if (code)
        return code;
    bool used;
    line_up(b);
    code = cli_prior_set(s->prior, model, &b->objects, &used, error);
    if (code || !used)
        return code;
    ds_lightcurves_close(b->reader); /* to be read again */
    code = cli_reopen_lightcurves(&b->reader, path, &s->photometry, NULL, &b->model->bands, error);
    line_up(b);
    return code;
}

void cli_survey_close(cli_survey *b)
{
    fc_engine_free(b->engine);
    nn_pool_free(b->pool);
    ds_lightcurves_close(b->reader);
    cli_labels_clear(&b->labels);
    ds_catalogue_free(b->catalogue);
}
