/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trained network that a new one learns from. */
#ifndef CLI_TEACHER_H
#define CLI_TEACHER_H

#include "forecast/request.h"
#include "lib/base/options.h"

typedef struct cli_teacher_settings {
    char *teacher;
    double blend;
} cli_teacher_settings;
extern const nn_option cli_teacher_options[]; /* --teacher, --blend */

/* Loads it where one is named, for a student that knows its data: sets the request's teacher, which the
 * caller frees. NN_USAGE where it sees other things. */
int cli_teacher_open(fc_request *request, const cli_teacher_settings *settings, fc_model *student,
                     nn_error *error);

#endif
