/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier and the light curves that it is to look at, opened together. */
#include "cli/input/lightcurves/sky.h"

#include "cli/input/lightcurves/prior.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"

#include <string.h>

enum { SLOTS = 512 };

void cli_sky_order(cli_run *run)
{
    char **o = run->operands;
    if (run->operand_count != 2 || !fc_is_model_file(o[0]) || fc_is_model_file(o[1]))
        return;
    char *model = o[0];
    o[0] = o[1];
    o[1] = model;
}

static int read_catalogue(cli_sky *sky, const fc_classifier *model, const char *path,
                          const cli_sky_settings *s, nn_error *error)
{
    const char *numbers = model->redshift ? FC_REDSHIFT_COLUMNS : NULL;
    if (s->metadata->file || s->categories)
        return cli_read_catalogue(&sky->catalogue, s->metadata, s->photometry, NULL,
                                  &(cli_wanted){.categories = s->categories,
                                                .numbers = numbers,
                                                .numbers_optional = true,
                                                .path = s->categories ? path : NULL},
                                  error);
    if (model->redshift)
        cli_say_note(
            "the model was trained with redshifts; without --metadata every object is taken at the training "
            "objects' median");
    return NN_OK;
}

static void line_up(cli_sky *sky, const fc_classifier *model, const char *path)
{
    sky->objects = (fc_sweep){.reader = sky->reader,
                              .catalogue = sky->catalogue,
                              .engine = sky->engine,
                              .redshift = model->redshift,
                              .stopped = cli_interrupted,
                              .part = -1,
                              .days = sky->days > 0 ? &sky->days : NULL,
                              .day_count = 1,
                              .stream = strcmp(path, "-") == 0};
}

int cli_sky_open(cli_sky *sky, fc_classifier *model, const char *path, const cli_sky_settings *s,
                 nn_error *error)
{
    *sky = (cli_sky){.days = s->days};
    int code = read_catalogue(sky, model, path, s, error);
    if (!code)
        code = cli_open_lightcurves(&sky->reader, path, s->photometry, NULL, &model->bands, error);
    if (!code)
        code = nn_pool_new(&sky->pool, s->threads, error);
    if (!code)
        code = fc_engine_new(&sky->engine, model, sky->pool, SLOTS, true, error);
    if (code)
        return code;
    bool used;
    line_up(sky, model, path);
    code = cli_prior_set(s->prior, model, &sky->objects, &used, error);
    if (code || !used)
        return code;
    ds_lightcurves_close(sky->reader); /* to be read again */
    code = cli_reopen_lightcurves(&sky->reader, path, s->photometry, NULL, &model->bands, error);
    line_up(sky, model, path);
    return code;
}

void cli_sky_say(const cli_sky *sky)
{
    if (sky->reader)
        cli_say_lightcurves(sky->reader);
    cli_objects_say(&sky->objects);
}

void cli_sky_close(cli_sky *sky)
{
    fc_engine_free(sky->engine);
    nn_pool_free(sky->pool);
    ds_lightcurves_close(sky->reader);
    ds_catalogue_free(sky->catalogue);
}
