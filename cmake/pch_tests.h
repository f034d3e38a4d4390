// Vendor headers that most tests include; compiled once for all of them.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pch_rooms.h"
