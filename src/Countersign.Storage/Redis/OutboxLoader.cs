using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Redis;

/// <summary>What came of reading entries: messages that are whole, in their order; those that can never be sent; and the entries to read again later, because of some message in them.</summary>
sealed record LoadedMessages(List<OutboxItem> Items, List<Sid> Gone, HashSet<OutboxEntry> Unread);

/// <summary>
/// Makes whole what waits in the streams. Each group is read by itself, and each message opened by itself: one whose master is away, or whose key this node does not have yet,
/// holds up no other.
/// </summary>
sealed partial class OutboxLoader(RedisReader reader, Sealer sealer, int groups, ILogger<RedisStore> logger)
{
    // Groups that did not answer the last time: waited for once, and not for every piece of a long queue.
    readonly bool[] _away = new bool[groups];

    /// <summary>A group has answered something else meanwhile.</summary>
    public void Answered(int group) => Volatile.Write(ref _away[group], false);

    /// <summary>Reads what waits in these. <paramref name="goneOf"/> says which messages of entries that were read should have been there, and were not.</summary>
    public async Task<LoadedMessages> LoadAsync(List<List<OutboxEntry>> exchanges, Func<List<OutboxEntry>, List<Sid>, List<Sid>> goneOf)
    {
        var turns = exchanges.SelectMany((entries, turn) => entries.Select(entry => KeyValuePair.Create(entry, turn))).DistinctBy(pair => pair.Key).ToDictionary();
        var parts = await Task.WhenAll(turns.Keys.GroupBy(entry => entry.Group).Select(entries => LoadAsync(entries.Key, [.. entries], goneOf)));
        return new LoadedMessages(
            [.. parts.SelectMany(part => part.Items).OrderBy(read => turns[read.Entry]).ThenBy(read => read.Item.Attempt.Sid.OrderedAt).Select(read => read.Item)],
            [.. parts.SelectMany(part => part.Gone)],
            [.. parts.SelectMany(part => part.Unread)]);
    }

    async Task<Part> LoadAsync(int group, List<OutboxEntry> entries, Func<List<OutboxEntry>, List<Sid>, List<Sid>> goneOf)
    {
        var part = new Part([], [], []);
        if (Volatile.Read(ref _away[group]))
        {
            part.Unread.UnionWith(entries);
            return part;
        }

        try
        {
            var messages = await reader.MessagesAsync(group, entries);

            // Entries that are gone from their streams were sent by another node, which had taken this one for dead.
            part.Gone.AddRange(goneOf(entries, messages.ConvertAll(read => read.Message.Attempt)));
            var verifications = await reader.VerificationsAsync(group, messages.ConvertAll(read => read.Message.Verification));
            string? why = null;
            foreach (var (entry, message) in messages)
            {
                why = Restore(entry, message, verifications, part) ?? why;
            }

            if (why is not null)
            {
                LogUnread(part.Unread.Count, group, why);
            }
        }
        catch (StoreUnavailableException problem)
        {
            // What of it is gone is seen when it is read again.
            Volatile.Write(ref _away[group], true);
            LogUnread(entries.Count, group, problem.Message);
            return new Part([], [], [.. entries]);
        }

        return part;
    }

    /// <summary>Puts a message where it belongs: whole, gone because its verification is or its seal does not open, or to be read again, and why.</summary>
    string? Restore(OutboxEntry entry, StoredMessage message, FoundVerifications verifications, Part part)
    {
        try
        {
            if (verifications.Unread.TryGetValue(message.Verification, out var problem))
            {
                part.Unread.Add(entry);
                return problem;
            }

            if (verifications.Found.TryGetValue(message.Verification, out var found))
            {
                part.Items.Add((entry, new OutboxItem
                {
                    Position = 0,
                    Verification = found,
                    Attempt = found.Attempts.First(sent => sent.Sid == message.Attempt),
                    CustomCode = OutboxMessages.OpenCode(message, sealer),
                }));
                return null;
            }
        }
        catch (UnknownKeyException problem)
        {
            part.Unread.Add(entry);
            return problem.Message;
        }
        catch (Exception problem)
        {
            LogUnreadable(message.Attempt, problem.GetType().Name);
        }

        part.Gone.Add(message.Attempt);
        return null;
    }

    sealed record Part(List<(OutboxEntry Entry, OutboxItem Item)> Items, List<Sid> Gone, HashSet<OutboxEntry> Unread);

    [LoggerMessage(3301, LogLevel.Error, "{Attempt} is dropped from the outbox: it is damaged ({Problem})")]
    partial void LogUnreadable(Sid attempt, string problem);

    [LoggerMessage(3306, LogLevel.Warning, "{Count} exchanges in group {Group} have messages that cannot be read now and wait; all others go on: {Problem}")]
    partial void LogUnread(int count, int group, string problem);
}
