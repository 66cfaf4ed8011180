/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trained network that a new one learns from. */
#include "cli/input/teacher.h"

#include "cli/shell/arguments.h"
#include "forecast/tasks/lightcurves/lightcurves.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

#define FIELD(name) offsetof(cli_teacher_settings, name)
const nn_option cli_teacher_options[] = {
    {"teacher", 0, NN_TEXT, FIELD(teacher), NULL, "MODEL", 0, 0,
     "a trained network of the same windows, or classes, that this one learns from beside the truth"},
    {"blend", 0, NN_REAL, FIELD(blend), "0.5", "SHARE", 0, 1,
     "of the teacher in what is learnt; the rest is the truth"},
    {0}};

static bool same_sight(const fc_sight_settings *a, const fc_sight_settings *b)
{
    return a->points == b->points && a->grid == b->grid && a->variance == b->variance &&
           a->fixed == b->fixed && a->length == b->length && a->window == b->window && a->time == b->time &&
           a->before == b->before && a->after == b->after && a->fold == b->fold &&
           a->shortest == b->shortest && a->flux == b->flux && a->extras == b->extras;
}

static int check_classes(const fc_classifier *teacher, const fc_classifier *student, nn_error *error)
{
    bool same = teacher->classes == student->classes && teacher->bands.count == student->bands.count;
    for (int c = 0; same && c < student->classes; c++)
        same = strcmp(teacher->class_names[c], student->class_names[c]) == 0;
    for (int b = 0; same && b < student->bands.count; b++)
        same = strcmp(teacher->bands.name[b], student->bands.name[b]) == 0;
    if (!same)
        return nn_fail(error, NN_USAGE, "--teacher: it knows other classes or bands");
    return same_sight(&teacher->sight, &student->sight) && teacher->redshift == student->redshift
               ? NN_OK
               : nn_fail(
                     error, NN_USAGE,
                     "--teacher: it sees objects otherwise; what a model sees of them (auspex inspect MODEL) "
                     "must be the same");
}

int cli_teacher_open(fc_request *request, const cli_teacher_settings *s, fc_model *student, nn_error *error)
{
    if (!s->teacher)
        return cli_given("blend")
                   ? nn_fail(error, NN_USAGE, "--blend says how much of a --teacher is learnt: none is named")
                   : NN_OK;
    request->blend = s->blend;
    if (student->kind->forecaster)
        return nn_fail(error, NN_USAGE, "--teacher is for networks; %s is none", student->kind->name);
    int code = fc_model_load(&request->teacher, 0, s->teacher, error);
    const fc_classifier *teacher = code ? NULL : fc_classifier_of(request->teacher);
    if (!code && (teacher != NULL) != (fc_classifier_of(student) != NULL))
        return nn_fail(error, NN_USAGE, "--teacher: %s is not of such data", request->teacher->kind->name);
    if (!code && !request->teacher->kind->network)
        return nn_fail(error, NN_USAGE, "--teacher: %s is no network", request->teacher->kind->name);
    if (!code && teacher)
        code = check_classes(teacher, fc_classifier_of(student), error);
    if (!code && s->blend > 0)
        snprintf(student->record.teacher, sizeof student->record.teacher, "%.250s, %g",
                 nn_base_name(s->teacher), s->blend);
    return code;
}
