// A reporter of node:test for test.sh: failures in full, skipped tests and notes, and as the last line `passed failed skipped`.
import { inspect } from "node:util";

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    // A diagnostic without a file is the runner's own summary.
    if (type === "test:diagnostic" && data.file) {
      yield `note: ${data.message}\n`;
    }

    if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") {
      continue;
    }

    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped++;
      yield `skipped: ${data.name}${typeof data.skip === "string" ? ` (${data.skip})` : ""}\n`;
    } else if (type === "test:pass") {
      counts.passed++;
    } else {
      counts.failed++;
      yield `failed: ${data.name} (${data.file ?? "?"}:${data.line ?? "?"})\n${inspect(data.details?.error?.cause ?? data.details?.error, { depth: 6 })}\n\n`;
    }
  }

  yield `${counts.passed} ${counts.failed} ${counts.skipped}\n`;
}
