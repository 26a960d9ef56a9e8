/* S3: buckets and objects. Members are those of the service's own model; see api.h for the
 * notation. */
#include "aws/api_tables.h"

static const struct aws_shape shapes[] = {
    {"ChecksumAlgorithm",
     "=CRC32|CRC32C|SHA1|SHA256|CRC64NVME|SHA512|MD5|XXHASH64|XXHASH3|XXHASH128"},
    {"ObjectCannedACL", "=private|public-read|public-read-write|authenticated-read|aws-exec-read|"
                        "bucket-owner-read|bucket-owner-full-control"},
    {"ObjectOwnership", "=BucketOwnerPreferred|ObjectWriter|BucketOwnerEnforced"},
    {"ServerSideEncryption", "=AES256|aws:kms|aws:fsx|aws:kms:dsse"},
    {"StorageClass",
     "=STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|"
     "DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|EXPRESS_ONEZONE|FSX_OPENZFS|FSX_ONTAP"},
    {"Tagging", "{TagSet!:[Tag:{Key! Value!}]}"},
    {"Initiator", "{ID DisplayName}"},
    {"Owner", "{DisplayName ID}"},
    {"TagSet", "[Tag:{Key Value}]"},
};

static const struct aws_op ops[] = {
    {"ListBuckets", "GET /", "{}", "{Buckets:[Bucket:{Name CreationDate:t}] Owner:$Owner}"},
    {"CreateBucket", "PUT /{Bucket}",
     "{ACL:=private|public-read|public-read-write|authenticated-read@hx-amz-acl "
     "Bucket!@uBucket CreateBucketConfiguration:{LocationConstraint}@p "
     "ObjectOwnership:$ObjectOwnership@hx-amz-object-ownership}",
     "{Location@hLocation}"},
    {"DeleteBucket", "DELETE /{Bucket}", "{Bucket!@uBucket}", "{}"},
    {"HeadBucket", "HEAD /{Bucket}", "{Bucket!@uBucket}", "{}"},
    {"GetBucketLocation", "GET /{Bucket}?location", "{Bucket!@uBucket}", "{LocationConstraint}"},
    {"PutBucketPolicy", "PUT /{Bucket}?policy",
     "{Bucket!@uBucket ContentMD5@hContent-MD5 Policy!@p}", "{}"},
    {"GetBucketPolicy", "GET /{Bucket}?policy", "{Bucket!@uBucket}", "{Policy@p}"},
    {"DeleteBucketPolicy", "DELETE /{Bucket}?policy", "{Bucket!@uBucket}", "{}"},
    {"GetBucketPolicyStatus", "GET /{Bucket}?policyStatus", "{Bucket!@uBucket}",
     "{PolicyStatus:{IsPublic:b}@p}"},
    {"PutPublicAccessBlock", "PUT /{Bucket}?publicAccessBlock",
     "{Bucket!@uBucket ContentMD5@hContent-MD5 "
     "PublicAccessBlockConfiguration!:{BlockPublicAcls:b IgnorePublicAcls:b "
     "BlockPublicPolicy:b RestrictPublicBuckets:b}@p}",
     "{}"},
    {"GetPublicAccessBlock", "GET /{Bucket}?publicAccessBlock", "{Bucket!@uBucket}",
     "{PublicAccessBlockConfiguration:{BlockPublicAcls:b IgnorePublicAcls:b "
     "BlockPublicPolicy:b RestrictPublicBuckets:b}@p}"},
    {"DeletePublicAccessBlock", "DELETE /{Bucket}?publicAccessBlock", "{Bucket!@uBucket}", "{}"},
    {"PutBucketTagging", "PUT /{Bucket}?tagging",
     "{Bucket!@uBucket ContentMD5@hContent-MD5 Tagging!:$Tagging@p}", "{}"},
    {"GetBucketTagging", "GET /{Bucket}?tagging", "{Bucket!@uBucket}", "{TagSet:$TagSet}"},
    {"PutBucketOwnershipControls", "PUT /{Bucket}?ownershipControls",
     "{Bucket!@uBucket ContentMD5@hContent-MD5 "
     "OwnershipControls!:{Rules(Rule)!:*[{ObjectOwnership!:$ObjectOwnership}]}@p}",
     "{}"},
    {"ListObjectsV2", "GET /{Bucket}?list-type=2",
     "{Bucket!@uBucket Delimiter@qdelimiter EncodingType:=url@qencoding-type "
     "MaxKeys:i@qmax-keys Prefix@qprefix ContinuationToken@qcontinuation-token "
     "FetchOwner:b@qfetch-owner StartAfter@qstart-after}",
     "{IsTruncated:b Contents:*[{Key LastModified:t ETag Size:i StorageClass Owner:$Owner}] "
     "Name Prefix Delimiter MaxKeys:i CommonPrefixes:*[{Prefix}] EncodingType KeyCount:i "
     "ContinuationToken NextContinuationToken StartAfter}"},
    {"PutObject", "PUT /{Bucket}/{Key+}",
     "{ACL:$ObjectCannedACL@hx-amz-acl Body:x@p Bucket!@uBucket CacheControl@hCache-Control "
     "ContentDisposition@hContent-Disposition ContentEncoding@hContent-Encoding "
     "ContentLanguage@hContent-Language ContentLength:i@hContent-Length "
     "ContentMD5@hContent-MD5 ContentType@hContent-Type ChecksumCRC32@hx-amz-checksum-crc32 "
     "ChecksumCRC32C@hx-amz-checksum-crc32c ChecksumCRC64NVME@hx-amz-checksum-crc64nvme "
     "ChecksumSHA1@hx-amz-checksum-sha1 ChecksumSHA256@hx-amz-checksum-sha256 "
     "Expires:t@hExpires Key!@uKey Metadata:<s>@mx-amz-meta- "
     "ServerSideEncryption:$ServerSideEncryption@hx-amz-server-side-encryption "
     "StorageClass:$StorageClass@hx-amz-storage-class "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id Tagging@hx-amz-tagging}",
     "{Expiration@hx-amz-expiration ETag@hETag ChecksumCRC32@hx-amz-checksum-crc32 "
     "ChecksumCRC32C@hx-amz-checksum-crc32c ChecksumCRC64NVME@hx-amz-checksum-crc64nvme "
     "ChecksumSHA1@hx-amz-checksum-sha1 ChecksumSHA256@hx-amz-checksum-sha256 "
     "ServerSideEncryption@hx-amz-server-side-encryption VersionId@hx-amz-version-id "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id}"},
    {"GetObject", "GET /{Bucket}/{Key+}",
     "{Bucket!@uBucket IfMatch@hIf-Match IfModifiedSince:t@hIf-Modified-Since "
     "IfNoneMatch@hIf-None-Match IfUnmodifiedSince:t@hIf-Unmodified-Since Key!@uKey "
     "Range@hRange ResponseContentDisposition@qresponse-content-disposition "
     "ResponseContentEncoding@qresponse-content-encoding "
     "ResponseContentLanguage@qresponse-content-language "
     "ResponseContentType@qresponse-content-type VersionId@qversionId "
     "PartNumber:i@qpartNumber ChecksumMode:=ENABLED@hx-amz-checksum-mode}",
     "{Body:x@p DeleteMarker:b@hx-amz-delete-marker AcceptRanges@haccept-ranges "
     "Expiration@hx-amz-expiration LastModified:t@hLast-Modified "
     "ContentLength:i@hContent-Length ETag@hETag ChecksumCRC32@hx-amz-checksum-crc32 "
     "ChecksumCRC32C@hx-amz-checksum-crc32c ChecksumCRC64NVME@hx-amz-checksum-crc64nvme "
     "ChecksumSHA1@hx-amz-checksum-sha1 ChecksumSHA256@hx-amz-checksum-sha256 "
     "VersionId@hx-amz-version-id CacheControl@hCache-Control "
     "ContentDisposition@hContent-Disposition ContentEncoding@hContent-Encoding "
     "ContentLanguage@hContent-Language ContentRange@hContent-Range "
     "ContentType@hContent-Type Expires:t@hExpires "
     "ServerSideEncryption@hx-amz-server-side-encryption Metadata:<s>@mx-amz-meta- "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id "
     "StorageClass@hx-amz-storage-class PartsCount:i@hx-amz-mp-parts-count "
     "ChecksumType@hx-amz-checksum-type}"},
    {"HeadObject", "HEAD /{Bucket}/{Key+}",
     "{Bucket!@uBucket IfMatch@hIf-Match IfModifiedSince:t@hIf-Modified-Since "
     "IfNoneMatch@hIf-None-Match IfUnmodifiedSince:t@hIf-Unmodified-Since Key!@uKey "
     "Range@hRange VersionId@qversionId PartNumber:i@qpartNumber "
     "ChecksumMode:=ENABLED@hx-amz-checksum-mode}",
     "{DeleteMarker:b@hx-amz-delete-marker AcceptRanges@haccept-ranges "
     "Expiration@hx-amz-expiration ArchiveStatus@hx-amz-archive-status "
     "LastModified:t@hLast-Modified ContentLength:i@hContent-Length "
     "ChecksumCRC32@hx-amz-checksum-crc32 ChecksumCRC32C@hx-amz-checksum-crc32c "
     "ChecksumCRC64NVME@hx-amz-checksum-crc64nvme ChecksumSHA1@hx-amz-checksum-sha1 "
     "ChecksumSHA256@hx-amz-checksum-sha256 ETag@hETag VersionId@hx-amz-version-id "
     "CacheControl@hCache-Control ContentDisposition@hContent-Disposition "
     "ContentEncoding@hContent-Encoding ContentLanguage@hContent-Language "
     "ContentType@hContent-Type Expires:t@hExpires "
     "ServerSideEncryption@hx-amz-server-side-encryption Metadata:<s>@mx-amz-meta- "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id "
     "StorageClass@hx-amz-storage-class PartsCount:i@hx-amz-mp-parts-count "
     "ChecksumType@hx-amz-checksum-type}"},
    {"CopyObject", "PUT /{Bucket}/{Key+}",
     "{ACL:$ObjectCannedACL@hx-amz-acl Bucket!@uBucket CacheControl@hCache-Control "
     "ContentDisposition@hContent-Disposition ContentEncoding@hContent-Encoding "
     "ContentLanguage@hContent-Language ContentType@hContent-Type "
     "CopySource!@hx-amz-copy-source Expires:t@hExpires Key!@uKey Metadata:<s>@mx-amz-meta- "
     "MetadataDirective:=COPY|REPLACE@hx-amz-metadata-directive TaggingDirective:=COPY|"
     "REPLACE@hx-amz-tagging-directive "
     "ServerSideEncryption:$ServerSideEncryption@hx-amz-server-side-encryption "
     "StorageClass:$StorageClass@hx-amz-storage-class "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id Tagging@hx-amz-tagging}",
     "{CopyObjectResult:{ETag LastModified:t ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME "
     "ChecksumSHA1 ChecksumSHA256}@p Expiration@hx-amz-expiration "
     "CopySourceVersionId@hx-amz-copy-source-version-id VersionId@hx-amz-version-id "
     "ServerSideEncryption@hx-amz-server-side-encryption "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id}"},
    {"DeleteObject", "DELETE /{Bucket}/{Key+}", "{Bucket!@uBucket Key!@uKey VersionId@qversionId}",
     "{DeleteMarker:b@hx-amz-delete-marker VersionId@hx-amz-version-id}"},
    {"DeleteObjects", "POST /{Bucket}?delete",
     "{Bucket!@uBucket Delete!:{Objects(Object)!:*[{Key! VersionId}] Quiet:b}@p}",
     "{Deleted:*[{Key VersionId DeleteMarker:b DeleteMarkerVersionId}] Errors(Error):*[{Key "
     "VersionId Code Message}]}"},
    {"GetObjectTagging", "GET /{Bucket}/{Key+}?tagging",
     "{Bucket!@uBucket Key!@uKey VersionId@qversionId}",
     "{VersionId@hx-amz-version-id TagSet:$TagSet}"},
    {"PutObjectTagging", "PUT /{Bucket}/{Key+}?tagging",
     "{Bucket!@uBucket Key!@uKey VersionId@qversionId ContentMD5@hContent-MD5 "
     "Tagging!:$Tagging@p}",
     "{VersionId@hx-amz-version-id}"},
    {"CreateMultipartUpload", "POST /{Bucket}/{Key+}?uploads",
     "{ACL:$ObjectCannedACL@hx-amz-acl Bucket!@uBucket CacheControl@hCache-Control "
     "ContentDisposition@hContent-Disposition ContentEncoding@hContent-Encoding "
     "ContentLanguage@hContent-Language ContentType@hContent-Type Expires:t@hExpires "
     "Key!@uKey Metadata:<s>@mx-amz-meta- "
     "ServerSideEncryption:$ServerSideEncryption@hx-amz-server-side-encryption "
     "StorageClass:$StorageClass@hx-amz-storage-class "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id Tagging@hx-amz-tagging "
     "ChecksumAlgorithm:$ChecksumAlgorithm@hx-amz-checksum-algorithm ChecksumType:=COMPOSITE|"
     "FULL_OBJECT@hx-amz-checksum-type}",
     "{Bucket Key UploadId ServerSideEncryption@hx-amz-server-side-encryption "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id "
     "ChecksumAlgorithm@hx-amz-checksum-algorithm}"},
    {"UploadPart", "PUT /{Bucket}/{Key+}",
     "{Body:x@p Bucket!@uBucket ContentLength:i@hContent-Length ContentMD5@hContent-MD5 "
     "ChecksumCRC32@hx-amz-checksum-crc32 ChecksumCRC32C@hx-amz-checksum-crc32c "
     "ChecksumCRC64NVME@hx-amz-checksum-crc64nvme ChecksumSHA1@hx-amz-checksum-sha1 "
     "ChecksumSHA256@hx-amz-checksum-sha256 Key!@uKey PartNumber!:i@qpartNumber "
     "UploadId!@quploadId}",
     "{ServerSideEncryption@hx-amz-server-side-encryption ETag@hETag "
     "ChecksumCRC32@hx-amz-checksum-crc32 ChecksumCRC32C@hx-amz-checksum-crc32c "
     "ChecksumCRC64NVME@hx-amz-checksum-crc64nvme ChecksumSHA1@hx-amz-checksum-sha1 "
     "ChecksumSHA256@hx-amz-checksum-sha256 "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id}"},
    {"UploadPartCopy", "PUT /{Bucket}/{Key+}",
     "{Bucket!@uBucket CopySource!@hx-amz-copy-source "
     "CopySourceRange@hx-amz-copy-source-range Key!@uKey PartNumber!:i@qpartNumber "
     "UploadId!@quploadId}",
     "{CopySourceVersionId@hx-amz-copy-source-version-id CopyPartResult:{ETag LastModified:t "
     "ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256}@p "
     "ServerSideEncryption@hx-amz-server-side-encryption "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id}"},
    {"CompleteMultipartUpload", "POST /{Bucket}/{Key+}",
     "{Bucket!@uBucket Key!@uKey "
     "MultipartUpload(CompleteMultipartUpload):{Parts(Part):*[{ETag ChecksumCRC32 "
     "ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 PartNumber:i}]}@p "
     "UploadId!@quploadId ChecksumCRC32@hx-amz-checksum-crc32 "
     "ChecksumCRC32C@hx-amz-checksum-crc32c ChecksumCRC64NVME@hx-amz-checksum-crc64nvme "
     "ChecksumSHA1@hx-amz-checksum-sha1 ChecksumSHA256@hx-amz-checksum-sha256 "
     "ChecksumType:=COMPOSITE|FULL_OBJECT@hx-amz-checksum-type}",
     "{Location Bucket Key Expiration@hx-amz-expiration ETag ChecksumCRC32 ChecksumCRC32C "
     "ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 "
     "ServerSideEncryption@hx-amz-server-side-encryption VersionId@hx-amz-version-id "
     "SSEKMSKeyId@hx-amz-server-side-encryption-aws-kms-key-id ChecksumType}"},
    {"AbortMultipartUpload", "DELETE /{Bucket}/{Key+}",
     "{Bucket!@uBucket Key!@uKey UploadId!@quploadId}", "{}"},
    {"ListParts", "GET /{Bucket}/{Key+}",
     "{Bucket!@uBucket Key!@uKey MaxParts:i@qmax-parts "
     "PartNumberMarker:i@qpart-number-marker UploadId!@quploadId}",
     "{Bucket Key UploadId PartNumberMarker:i NextPartNumberMarker:i MaxParts:i "
     "IsTruncated:b Parts(Part):*[{PartNumber:i LastModified:t ETag Size:i ChecksumCRC32 "
     "ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256}] Initiator:$Initiator "
     "Owner:$Owner StorageClass}"},
    {"ListMultipartUploads", "GET /{Bucket}?uploads",
     "{Bucket!@uBucket Delimiter@qdelimiter EncodingType:=url@qencoding-type "
     "KeyMarker@qkey-marker MaxUploads:i@qmax-uploads Prefix@qprefix "
     "UploadIdMarker@qupload-id-marker}",
     "{Bucket KeyMarker UploadIdMarker NextKeyMarker Prefix Delimiter NextUploadIdMarker "
     "MaxUploads:i IsTruncated:b Uploads(Upload):*[{UploadId Key Initiated:t StorageClass "
     "Owner:$Owner Initiator:$Initiator}] CommonPrefixes:*[{Prefix}] EncodingType}"},
};

const struct aws_service aws_service_s3 = {
    .name = "s3",
    .signing = "s3",
    .endpoint = "s3",
    .setting = "S3",
    .words = "S3",
    .protocol = AWS_REST_XML,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .shapes = shapes,
    .shape_count = sizeof shapes / sizeof shapes[0],
};
