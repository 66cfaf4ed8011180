/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSL's own error handler ends the program; with this one its functions return codes, which are looked at.
 * Linked whole into whatever uses GSL. A handler that another program set stays. */
#include "lib/base/shortage.h"

#include <gsl/gsl_errno.h>
#include <stddef.h>

static void note(const char *reason, const char *file, int line, int code)
{
    (void)reason, (void)file, (void)line;
    if (code == GSL_ENOMEM)
        nn_shortage_note();
}

__attribute__((constructor)) static void be_quiet(void)
{
    gsl_error_handler_t *before = gsl_set_error_handler(note);
    if (before)
        gsl_set_error_handler(before);
}
