/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program as a processor of a lower level runs it: AUSPEX_LEVEL, given to the compiler, is 4 (AVX-512), 3
 * (AVX2) or
 * 1. The compiler's own look at the processor, which all choices among kernels go by, is made to see no more.
 * The first argument "level" prints what it then sees. */
#include <stdio.h>
#include <string.h>

int auspex_main(int argc, char **argv);
int __real___cpu_indicator_init(void);
int __wrap___cpu_indicator_init(void);

/* What libgcc found: as __builtin_cpu_supports reads it. */
extern unsigned __cpu_features2[] __attribute__((visibility("hidden")));
enum { WORD = 2, LEVEL_3 = 1 << 1, LEVEL_4 = 1 << 2 };

/* Linked in the place of libgcc's, and called before anything else of the program. */
int __wrap___cpu_indicator_init(void)
{
    const int code = __real___cpu_indicator_init();
    if (AUSPEX_LEVEL < 4)
        __cpu_features2[WORD] &= ~(unsigned)LEVEL_4;
    if (AUSPEX_LEVEL < 3)
        __cpu_features2[WORD] &= ~(unsigned)LEVEL_3;
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "level"))
        return auspex_main(argc, argv);
    __builtin_cpu_init();
    puts(__builtin_cpu_supports("x86-64-v4") ? "4" : __builtin_cpu_supports("x86-64-v3") ? "3" : "1");
    return 0;
}
