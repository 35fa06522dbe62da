using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Storage;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>The parts of a store that tell receivers, for tests that put a store together by hand: nobody is subscribed.</summary>
static class Untold
{
    public static (EventMaker Maker, SqliteEventStore Events) Parts(GroupCommit writer, WriteContext context, Sealer sealer, TimeProvider time) => (
        new EventMaker(new Subscriptions(
            new SqliteRegistry<Webhook>(writer, context, sealer, new WebhookDocuments(), NullLogger.Instance), new SqliteRegistry<EventSink>(writer, context, sealer, new EventSinkDocuments(), NullLogger.Instance),
            new SqliteServiceStore(writer, context, sealer, NullLogger.Instance), new SqliteAccountStore(writer, context, sealer, NullLogger.Instance))),
        new SqliteEventStore(writer, context, sealer, time));
}
