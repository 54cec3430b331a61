/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the engine is asked for: the structs stand in the plan layer, which turns them into a start. */
#include "plan/request.h"
