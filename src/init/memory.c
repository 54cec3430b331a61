/* SPDX-License-Identifier: Apache-2.0 */
#include "init/memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE 4096u /* larger pages: the calls fail or release less, nothing breaks */
#define STACK_KEPT PAGE
#define STACK_RELEASED (96 * PAGE)

/* From the linker: text and constants lie between the two. */
extern const char __executable_start[], __init_array_start[];

#ifndef UNROOT_INIT_HOSTED
static uintptr_t page_of(const void *address)
{
    return (uintptr_t)address & ~(uintptr_t)(PAGE - 1);
}
#endif

void memory_settle(void)
{
#ifndef UNROOT_INIT_HOSTED
    /* A fault in a file's page maps the fifteen around it, too, but never beyond its mapping. Advice that
     * differs from page to page makes mappings of one page each, so that only what the loop really uses is
     * counted as ours. */
    for (uintptr_t page = page_of(__executable_start); page < page_of(__init_array_start); page += 2 * PAGE)
        (void)madvise((void *)page, PAGE,
                      MADV_RANDOM); /* no kernel refuses it; if one did, only figures differ */
#endif
    memory_release();
}

void memory_release(void)
{
    /* Under sanitizers neither the text nor the stack is as it is here. */
#ifndef UNROOT_INIT_HOSTED
    uintptr_t text = page_of(__executable_start), top = page_of(__builtin_frame_address(0)) - STACK_KEPT;
    /* What lies below the caller's frame is nobody's any more. ENOMEM: the stack never grew so far. */
    (void)madvise((void *)(top - STACK_RELEASED), STACK_RELEASED, MADV_DONTNEED);
    (void)madvise((void *)text, page_of(__init_array_start) - text, MADV_DONTNEED);
#endif
}
