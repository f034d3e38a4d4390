#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/faults.h"
#include "base/status.h"
#include "blobstore/local/blob_path.h"
#include "blobstore/local/local_blob_store.h"
#include "blobstore/twins/faulty_blob_store.h"
#include "blobstore/twins/in_memory_blob_store.h"
#include "contract/blob_store_contract.h"
#include "runtime/metrics.h"

namespace tenantry::blobstore {
namespace {

namespace fs = std::filesystem;

// A local store in a folder of its own, removed with it.
class Local final : public BlobStoreUnderTest {
 public:
  Local() {
    const absl::Status opened = Reopen();
    EXPECT_TRUE(opened.ok()) << opened;
  }
  ~Local() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  absl::Status Reopen() {
    store_.reset();
    auto opened = LocalBlobStore::Open(folder_ + "/blobs", folder_ + "/master", metrics_);
    if (!opened.ok()) return opened.status();
    store_ = *std::move(opened);
    return absl::OkStatus();
  }
  BlobStore& store() override { return *store_; }
  const std::string& folder() const { return folder_; }

 private:
  static std::string Fresh() {
    static std::atomic<int> made = 0;
    std::string path =
        testing::TempDir() + "/blobs_" + std::to_string(getpid()) + "_" + std::to_string(++made);
    fs::remove_all(path);
    fs::create_directories(path);
    return path;
  }

  const std::string folder_ = Fresh();
  runtime::Metrics metrics_;
  std::unique_ptr<LocalBlobStore> store_;
};

class InMemory final : public BlobStoreUnderTest {
 public:
  BlobStore& store() override { return store_; }

 private:
  InMemoryBlobStore store_;
};

class Faultless final : public BlobStoreUnderTest {
 public:
  BlobStore& store() override { return faulty_; }

 private:
  InMemoryBlobStore store_;
  base::NoFaults faults_;
  FaultyBlobStore faulty_{store_, faults_};
};

INSTANTIATE_TEST_SUITE_P(Local, BlobStoreContract,
                         testing::Values(MakeBlobStore([] { return std::make_unique<Local>(); })));
INSTANTIATE_TEST_SUITE_P(InMemory, BlobStoreContract, testing::Values(MakeBlobStore([] {
                           return std::make_unique<InMemory>();
                         })));
INSTANTIATE_TEST_SUITE_P(Faultless, BlobStoreContract, testing::Values(MakeBlobStore([] {
                           return std::make_unique<Faultless>();
                         })));

const base::TenantId kAcme("acme");

void Put(BlobStore& store, const base::TenantId& tenant, const std::string& key,
         const std::string& bytes) {
  auto writer = store.Create(tenant, key);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Write(bytes).ok());
  ASSERT_TRUE((*writer)->Commit().ok());
}

absl::StatusOr<std::string> Get(BlobStore& store, const base::TenantId& tenant,
                                const std::string& key) {
  TENANTRY_ASSIGN_OR_RETURN(auto reader, store.Open(tenant, key));
  return reader->Read(0, reader->size());
}

std::string FileBytes(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(LocalBlobStore, KeepsBlobsOverAReopeningAndRemovesWhatWasUnfinished) {
  Local local;
  Put(local.store(), kAcme, "x", "bytes");
  WriteBytes(local.folder() + "/blobs/.unfinished/blob-left", "half");
  ASSERT_TRUE(local.Reopen().ok());
  EXPECT_EQ(*Get(local.store(), kAcme, "x"), "bytes");
  EXPECT_TRUE(fs::is_empty(local.folder() + "/blobs/.unfinished"));
}

TEST(LocalBlobStore, HoldsNoPlainBytesAndPrivateKeys) {
  Local local;
  Put(local.store(), kAcme, "x", std::string(100'000, 's') + "secret-words");
  for (const auto& entry : fs::recursive_directory_iterator(local.folder())) {
    if (!entry.is_regular_file()) continue;
    const std::string bytes = FileBytes(entry.path());
    EXPECT_EQ(bytes.find("secret-words"), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("ssssssss"), std::string::npos) << entry.path();
    struct stat status{};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
}

// Every way to lay bytes of a store elsewhere or to damage them is found.
TEST(LocalBlobStore, FindsEveryChangeOfAFile) {
  Local local;
  constexpr size_t kSealed = (64 << 10) + 16;
  const std::string plain(3 * (64 << 10), 'p');
  Put(local.store(), kAcme, "x", plain);
  const std::string file = local.folder() + "/blobs/" + TenantFolder("acme") + "/" + BlobPath("x");
  const std::string good = FileBytes(file);
  const size_t head = good.size() - 3 * kSealed;
  const auto expect_lost = [&](const std::string& bytes, const char* what) {
    WriteBytes(file, bytes);
    EXPECT_TRUE(absl::IsDataLoss(Get(local.store(), kAcme, "x").status())) << what;
  };
  for (const size_t at : {size_t{0}, head - 1, head, head + kSealed + 5, good.size() - 1}) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    expect_lost(bytes, "a bit");
  }
  std::string swapped = good;
  std::swap_ranges(swapped.begin() + static_cast<long>(head),
                   swapped.begin() + static_cast<long>(head + kSealed),
                   swapped.begin() + static_cast<long>(head + kSealed));
  expect_lost(swapped, "swapped chunks");
  expect_lost(good.substr(0, head + 2 * kSealed), "cut at a chunk's end");
  expect_lost(good.substr(0, good.size() - 1), "cut");
  expect_lost(good.substr(0, head), "only a head");
  expect_lost("", "nothing");
  expect_lost(good + good.substr(good.size() - kSealed), "a chunk twice");
  WriteBytes(file, good);
  EXPECT_EQ(*Get(local.store(), kAcme, "x"), plain);
}

TEST(LocalBlobStore, RefusesABlobUnderAnotherNameOrTenant) {
  Local local;
  Put(local.store(), kAcme, "x", "acme's");
  Put(local.store(), base::TenantId("other"), "x", "other's");
  const std::string blobs = local.folder() + "/blobs/";
  const std::string ours = blobs + TenantFolder("acme") + "/";
  const std::string theirs = blobs + TenantFolder("other") + "/";
  fs::copy_file(ours + BlobPath("x"), ours + BlobPath("y"));
  EXPECT_TRUE(absl::IsDataLoss(Get(local.store(), kAcme, "y").status()));
  fs::copy_file(ours + BlobPath("x"), theirs + BlobPath("x"), fs::copy_options::overwrite_existing);
  EXPECT_TRUE(absl::IsDataLoss(Get(local.store(), base::TenantId("other"), "x").status()));
  // The key of one tenant in the place of another's does not help either.
  fs::copy_file(ours + ".key", theirs + ".key", fs::copy_options::overwrite_existing);
  ASSERT_TRUE(local.Reopen().ok());
  EXPECT_TRUE(absl::IsDataLoss(Get(local.store(), base::TenantId("other"), "x").status()));
}

TEST(LocalBlobStore, NeverReplacesAMasterKeyThatIsMissed) {
  Local local;
  Put(local.store(), kAcme, "x", "bytes");
  const std::string key = FileBytes(local.folder() + "/master");
  fs::remove(local.folder() + "/master");
  EXPECT_TRUE(absl::IsDataLoss(local.Reopen()));
  EXPECT_FALSE(fs::exists(local.folder() + "/master"));
  WriteBytes(local.folder() + "/master", "short");
  EXPECT_TRUE(absl::IsDataLoss(local.Reopen()));
  WriteBytes(local.folder() + "/master", key);
  ASSERT_TRUE(local.Reopen().ok());
  EXPECT_EQ(*Get(local.store(), kAcme, "x"), "bytes");
}

TEST(LocalBlobStore, LeavesNoFoldersBehindDeletedBlobs) {
  Local local;
  Put(local.store(), kAcme, "dataset=1/version=1/part", "1");
  Put(local.store(), kAcme, "dataset=1/version=2/part", "2");
  ASSERT_TRUE(local.store().Delete(kAcme, "dataset=1/version=1/part").ok());
  const std::string folder = local.folder() + "/blobs/" + TenantFolder("acme");
  EXPECT_FALSE(fs::exists(folder + "/dataset=1/version=1"));
  EXPECT_TRUE(fs::exists(folder + "/dataset=1/version=2"));
  const auto late = local.store().Create(kAcme, "late");
  ASSERT_TRUE(late.ok());
  ASSERT_TRUE(local.store().DeleteTenant(kAcme).ok());
  EXPECT_FALSE(fs::exists(folder));
  EXPECT_FALSE((*late)->Commit().ok());
  EXPECT_FALSE(local.store().Create(kAcme, "later").ok());
  EXPECT_FALSE(fs::exists(folder)) << "no key is made anew";
}

TEST(LocalBlobStore, FollowsNoLink) {
  Local local;
  Put(local.store(), kAcme, "x", "bytes");
  const std::string outside = local.folder() + "/outside";
  WriteBytes(outside, "not a blob of acme");
  const std::string folder = local.folder() + "/blobs/" + TenantFolder("acme") + "/";
  fs::create_symlink(outside, folder + BlobPath("link"));
  EXPECT_TRUE(absl::IsUnavailable(Get(local.store(), kAcme, "link").status()));
}

TEST(BlobPath, EscapesNothingAndStaysShort) {
  for (const std::string& name :
       std::vector<std::string>{"..", ".", "a/b", "\\", "%2e", std::string(128, '\xff')}) {
    const std::string folder = TenantFolder(name);
    EXPECT_EQ(folder.find('/'), std::string::npos);
    EXPECT_LE(folder.size(), 255U);
  }
  EXPECT_EQ(TenantFolder("acme"), "tenant=acme");
  EXPECT_EQ(BlobPath("dataset=ds_1/version=2/part-0.parquet"),
            "dataset=ds_1/version=2/part-0.parquet.blob");
  EXPECT_EQ(BlobPath(".key"), "%2Ekey.blob");
  EXPECT_NE(BlobPath("x.blob/y"), BlobPath("x") + "/y.blob");
}

}  // namespace
}  // namespace tenantry::blobstore
