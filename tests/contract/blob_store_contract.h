#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "blobstore/blob_store.h"

namespace tenantry::blobstore {

/// A store under test with what it was made from.
class BlobStoreUnderTest {
 public:
  virtual ~BlobStoreUnderTest() = default;
  /// The store.
  virtual BlobStore& store() = 0;
};

/// Makes an empty store under test.
using MakeBlobStore = std::function<std::unique_ptr<BlobStoreUnderTest>()>;

/// What every blob store promises, whatever engine it rests on.
class BlobStoreContract : public testing::TestWithParam<MakeBlobStore> {
 protected:
  void SetUp() override { under_test_ = GetParam()(); }
  BlobStore& store() { return under_test_->store(); }

  void Put(const base::TenantId& tenant, const std::string& key, const std::string& bytes) {
    auto writer = store().Create(tenant, key);
    ASSERT_TRUE(writer.ok()) << writer.status();
    // In pieces of odd sizes.
    for (size_t at = 0, step = 1; at < bytes.size(); at += step, step = step * 3 + 7) {
      ASSERT_TRUE((*writer)->Write(std::string_view(bytes).substr(at, step)).ok());
    }
    const absl::Status committed = (*writer)->Commit();
    ASSERT_TRUE(committed.ok()) << committed;
  }

  std::string Get(const base::TenantId& tenant, const std::string& key) {
    auto reader = store().Open(tenant, key);
    if (!reader.ok()) return std::string(absl::StatusCodeToString(reader.status().code()));
    auto bytes = (*reader)->Read(0, (*reader)->size());
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.ok() ? *bytes : "";
  }

  std::vector<std::string> Keys(const base::TenantId& tenant, const std::string& prefix) {
    auto found = store().List(tenant, prefix);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> keys;
    for (const BlobInfo& blob : *found) keys.push_back(blob.key);
    return keys;
  }

  // Bytes that differ everywhere.
  static std::string Bytes(size_t count) {
    std::string bytes;
    uint32_t state = static_cast<uint32_t>(count) + 1;
    while (bytes.size() < count) {
      state = state * 1664525 + 1013904223;
      bytes.push_back(static_cast<char>(state >> 24));
    }
    return bytes;
  }

  const base::TenantId a_{"acme"};
  const base::TenantId b_{"other"};

 private:
  std::unique_ptr<BlobStoreUnderTest> under_test_;
};

TEST_P(BlobStoreContract, GivesBackWhatWasWrittenWhateverItsSize) {
  constexpr size_t kChunk = 64 << 10;
  for (const size_t size :
       {size_t{0}, size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk, 3 * kChunk + 17}) {
    const std::string bytes = Bytes(size);
    Put(a_, "x/" + std::to_string(size), bytes);
    EXPECT_EQ(Get(a_, "x/" + std::to_string(size)), bytes) << size;
  }
}

TEST_P(BlobStoreContract, ReadsAnyRange) {
  const std::string bytes = Bytes(200'000);
  Put(a_, "r", bytes);
  auto reader = store().Open(a_, "r");
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->size(), 200'000);
  const std::pair<int64_t, int64_t> ranges[] = {{0, 10},          {65'535, 2},    {65'536, 65'536},
                                                {131'000, 1'000}, {199'999, 500}, {200'000, 5},
                                                {7, 0},           {1, 199'999}};
  for (const auto& [offset, count] : ranges) {
    auto got = (*reader)->Read(offset, count);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(*got, bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(count)));
  }
  EXPECT_TRUE(absl::IsOutOfRange((*reader)->Read(200'001, 1).status()));
  EXPECT_TRUE(absl::IsOutOfRange((*reader)->Read(-1, 1).status()));
}

TEST_P(BlobStoreContract, ShowsNothingBeforeCommit) {
  {
    auto writer = store().Create(a_, "half");
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write(Bytes(100'000)).ok());
    EXPECT_EQ(Get(a_, "half"), "NOT_FOUND");
    EXPECT_TRUE(Keys(a_, "").empty());
  }
  EXPECT_EQ(Get(a_, "half"), "NOT_FOUND");
}

TEST_P(BlobStoreContract, ReplacesAsAWholeAndLetsReadersFinish) {
  Put(a_, "k", "old");
  auto reader = store().Open(a_, "k");
  ASSERT_TRUE(reader.ok());
  Put(a_, "k", "new one");
  EXPECT_EQ(*(*reader)->Read(0, 100), "old");
  EXPECT_EQ(Get(a_, "k"), "new one");
  ASSERT_TRUE(store().Delete(a_, "k").ok());
  EXPECT_EQ(*(*reader)->Read(0, 100), "old");
}

TEST_P(BlobStoreContract, ListsByPrefixInOrderOfTheTenantAlone) {
  for (const char* key : {"d/2", "d/10", "d", "e/1", "d/2/x"}) Put(a_, key, "1");
  Put(b_, "d/3", "22");
  EXPECT_EQ(Keys(a_, "d"), (std::vector<std::string>{"d", "d/10", "d/2", "d/2/x"}));
  EXPECT_EQ(Keys(a_, "d/2"), (std::vector<std::string>{"d/2", "d/2/x"}));
  EXPECT_EQ(Keys(a_, "f"), std::vector<std::string>{});
  EXPECT_EQ(*store().List(b_, ""), (std::vector<BlobInfo>{{"d/3", 2}}));
}

TEST_P(BlobStoreContract, DeletesOneAndAllOfATenant) {
  Put(a_, "x/1", "1");
  Put(a_, "x/2", "2");
  Put(b_, "x/1", "3");
  EXPECT_TRUE(store().Delete(a_, "x/1").ok());
  EXPECT_TRUE(store().Delete(a_, "x/1").ok());
  EXPECT_EQ(Get(a_, "x/1"), "NOT_FOUND");
  EXPECT_EQ(Get(a_, "x/2"), "2");
  const auto late = store().Create(a_, "x/3");
  ASSERT_TRUE(late.ok());
  EXPECT_TRUE(store().DeleteTenant(a_).ok());
  EXPECT_TRUE(store().DeleteTenant(a_).ok());
  EXPECT_EQ(Get(a_, "x/2"), "NOT_FOUND");
  EXPECT_EQ(Get(b_, "x/1"), "3");
  EXPECT_TRUE(absl::IsNotFound(store().Create(a_, "x/2").status())) << "deleted for good";
  EXPECT_TRUE((*late)->Write("late").ok());
  EXPECT_TRUE(absl::IsNotFound((*late)->Commit())) << "also for who began before";
  EXPECT_TRUE(store().List(a_, "")->empty());
  Put(b_, "x/2", "of another");
}

TEST_P(BlobStoreContract, KeepsHostileNamesApart) {
  const std::vector<std::string> keys = {std::string(255, 'n'),
                                         std::string(254, 'n') + "m",
                                         std::string(255, '\xff'),
                                         "a.blob/b",
                                         "a",
                                         "a.blob",
                                         "a.blob.blob",
                                         std::string("nul\0byte", 8),
                                         "nul",
                                         "%2E%2E/x",
                                         ".hidden",
                                         ".key",
                                         "\xc3\xa9\xe2\x82\xac/ü",
                                         "tenant=other/x",
                                         "..x/y..",
                                         "back\\slash",
                                         "new\nline",
                                         "~",
                                         "a%62",
                                         "ab",
                                         std::string(200, '.') + 'x',
                                         "CASE",
                                         "case",
                                         "C:"};
  std::vector<std::string> tenants = {"acme",
                                      "..",
                                      ".",
                                      "/etc",
                                      "a/../b",
                                      "acme/x",
                                      "ACME",
                                      ".key",
                                      "other%2",
                                      "tenant=acme",
                                      std::string("\0", 1)};
  tenants.emplace_back();
  for (int i = 0; i < 64; ++i) tenants.back() += "\xc3\xa9";
  for (const std::string& tenant : tenants) {
    for (const std::string& key : keys) Put(base::TenantId(tenant), key, tenant + "|" + key);
  }
  for (const std::string& tenant : tenants) {
    for (const std::string& key : keys) {
      EXPECT_EQ(Get(base::TenantId(tenant), key), tenant + "|" + key);
    }
    EXPECT_EQ(Keys(base::TenantId(tenant), "").size(), keys.size()) << tenant;
  }
}

TEST_P(BlobStoreContract, RefusesWhatIsNoKeyOrTenant) {
  const std::vector<std::string> keys = {"",
                                         "/",
                                         "a/",
                                         "/a",
                                         "a//b",
                                         ".",
                                         "..",
                                         "../x",
                                         "a/..",
                                         "a/./b",
                                         "a/../../b",
                                         std::string(256, 'x'),
                                         std::string(1025, 'x'),
                                         std::string(300, 'x') + "/y"};
  for (const std::string& key : keys) {
    EXPECT_TRUE(absl::IsInvalidArgument(store().Create(a_, key).status())) << key;
    EXPECT_TRUE(absl::IsInvalidArgument(store().Open(a_, key).status())) << key;
    EXPECT_TRUE(absl::IsInvalidArgument(store().Delete(a_, key))) << key;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(store().Create(base::TenantId(), "x").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store().DeleteTenant(base::TenantId())));
}

}  // namespace tenantry::blobstore
