using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Storage;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>The parts of a store that tell receivers, for tests that put a store together by hand: nobody is subscribed.</summary>
static class Untold
{
    public static (EventMaker Maker, SqliteEventStore Events) Parts(GroupCommit writer, WriteContext context, Sealer sealer, TimeProvider time) => (
        new EventMaker(new Subscriptions(
            new SqliteRegistry<Webhook>(writer, context, sealer, new WebhookDocuments()), new SqliteRegistry<EventSink>(writer, context, sealer, new EventSinkDocuments()),
            new SqliteServiceStore(writer, context, sealer))),
        new SqliteEventStore(writer, context, sealer, time));
}
