/** What a client holds its copy against, over the streaming dialect: digests, and the documents where they differ. */
import { toWireDocument, type StreamingDown, type StreamingUpOf } from '@json-database-sync/domain';
import type { GatewayServices } from './services.js';
import type { StreamAccess } from './stream-access.js';

type Request = StreamingUpOf<'get_digest'> | StreamingUpOf<'get_document_digests'> | StreamingUpOf<'get_documents'>;

/** @throws SyncError `forbidden`, `overloaded`, `timed_out` */
export async function answerComparison(
  message: Request,
  access: StreamAccess,
  { digests }: GatewayServices,
): Promise<StreamingDown> {
  const { stream_id: streamId } = message;
  await access.mayRead(streamId);
  switch (message.type) {
    case 'get_digest': {
      const { sequence, digest, strategy } = await digests.stream(streamId);
      const answer = { type: 'digest' as const, stream_id: streamId, sequence, digest, strategy };
      if (!message.buckets) return answer;
      // Of one sequence together: the stream's digest is that of its buckets.
      const counted = await digests.buckets(streamId);
      return { ...answer, sequence: counted.sequence, digest: counted.digest, buckets: [...counted.buckets] };
    }
    case 'get_document_digests': {
      const { buckets, cursor = null } = message;
      const { sequence, documents, next } = await digests.documentDigests(streamId, buckets, cursor);
      const listed = documents.map(({ documentId, digest }) => ({ document_id: documentId, digest }));
      return { type: 'document_digests', stream_id: streamId, sequence, documents: listed, cursor: next };
    }
    case 'get_documents': {
      const { sequence, documents, leftOut } = await digests.documents(streamId, [...new Set(message.document_ids)]);
      return {
        type: 'documents',
        stream_id: streamId,
        sequence,
        documents: documents.map(toWireDocument),
        left_out: [...leftOut],
      };
    }
  }
}
