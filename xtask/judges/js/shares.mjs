// Shares: what they are made with, what they answer, who may have them, and how they go.

import { check, holds, refused } from "./court.mjs";

check("a new share answers its ETag and last-modified", async (court) => {
  const answer = await court.service().getShareClient(court.name()).create();
  holds(answer.etag && answer.lastModified instanceof Date, "both");
});

check("a share that exists cannot be created", async (court) => {
  const share = await court.share();
  await refused(409, "ShareAlreadyExists", share.create());
});
