/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with a decimal point, whatever locale the program runs in. */
#ifndef NN_C_LOCALE_H
#define NN_C_LOCALE_H

#include <locale.h>

/* The C locale, made at the first call and kept; 0 when memory is short. Safe in several threads. */
locale_t nn_c_locale(void);

#endif
