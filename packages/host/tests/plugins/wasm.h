/* What wasm32 lacks of the system that test plugins use: included before each of them when it is compiled to WebAssembly. */
#ifndef ISOBOOTH_TEST_WASM_H
#define ISOBOOTH_TEST_WASM_H

static inline int pause(void)
{
    for (;;)
        __asm__ volatile("");
}

static inline int pipe(int *ends)
{
    ends[0] = ends[1] = -1;
    return 0;
}

#endif
