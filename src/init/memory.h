/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/failure.h"

/* For a process that is going to stay: gives back the pages that starting took. Call it once, from a shallow
 * function, before the loop. What is used again is mapped again, page by page. */
own_frame void memory_settle(void);
/* Once more, after something rare has been done. */
own_frame void memory_release(void);
