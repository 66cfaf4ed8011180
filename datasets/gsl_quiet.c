/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSL's own error handler ends the program; without it the functions return codes, which are looked at.
 * Linked whole into whatever uses GSL. A handler that another program set stays. */
#include <gsl/gsl_errno.h>
#include <stddef.h>

__attribute__((constructor)) static void be_quiet(void)
{
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    if (before)
        gsl_set_error_handler(before);
}
