using System.Text;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;

namespace Countersign.Storage.Redis;

/// <summary>The part of an exchange that is about one group: one call of the step function.</summary>
sealed class GroupCall(int group)
{
    readonly List<(StepEntry Entry, StepCommand Command)> _parts = [];
    int _arguments;

    public int Group => group;

    public bool Writes { get; private set; }

    /// <summary>What was kept, for the history; null of nothing.</summary>
    public OwnEntry? Kept { get; private set; }

    public void Add(StepEntry entry, StepCommand command)
    {
        _parts.Add((entry, command));
        _arguments += command.Arguments;
        Writes |= entry.Phase == StepPhase.Write;
        entry.Problem = null;
    }

    public void WriteTo(RespWriter writer, byte[] tag, byte[] name, byte[] head, byte[] keep, byte[] nameInHistory)
    {
        writer.Command(8 + _arguments);
        writer.Bulk("FCALL"u8);
        writer.Bulk(RedisLibrary.Step);
        writer.Bulk("1"u8);
        writer.Bulk(tag);
        writer.Bulk(name);
        writer.Bulk(head);
        writer.Bulk(keep);
        writer.Bulk(nameInHistory);
        foreach (var (_, command) in _parts)
        {
            command.WriteTo(writer);
        }
    }

    /// <summary>Takes the answer. When it is not <paramref name="safe"/>, writes count as neither kept nor not.</summary>
    public void Take(object?[] answers, bool safe, Sealer sealer)
    {
        var id = answers[^2] is byte[] { Length: > 0 } text ? Encoding.ASCII.GetString(text) : null;
        var outboxEntry = id is null ? null : new OutboxEntry(group, id);
        var kept = safe && answers[^1] is byte[] { Length: > 0 } inHistory ? new OwnEntry(group, inHistory, new List<OwnChange>(_parts.Count)) : null;
        for (var i = 0; i < _parts.Count; i++)
        {
            var (entry, command) = _parts[i];
            if (entry.Phase == StepPhase.Read)
            {
                entry.Current = null;
                switch (answers[i])
                {
                    case byte[] newest:
                        Open(entry, newest, RedisPlaceKind.ByKey, sealer);
                        break;
                    case object?[] and [byte[] replaced]:
                        Open(entry, replaced, RedisPlaceKind.BySid, sealer);
                        break;
                }
            }
            else if (answers[i] is 1L)
            {
                entry.Kept = safe;
                entry.Problem = safe ? null : new StoreUnavailableException("Too few replicas of Redis have the write, or the master has no room for it on its disk.");
                entry.Prepared = outboxEntry;
                kept?.Add(entry, command);
            }
            else if (answers[i] is byte[] stored && IsAbout(entry.Step, stored))
            {
                var kind = entry.Current?.Place is RedisPlace { Kind: not RedisPlaceKind.ByKey } ? RedisPlaceKind.BySid : RedisPlaceKind.ByKey;
                Open(entry, stored, kind, sealer);
                entry.IsCurrent = true;
            }
        }

        Kept = kept;
    }

    public void Fail(StoreUnavailableException problem) => _parts.ForEach(part => part.Entry.Problem = problem);

    /// <summary>Not one that took the place of the one that the step names, nor the name of the place where that one is.</summary>
    static bool IsAbout(VerificationStep step, byte[] stored) =>
        stored.Length > VerificationBlob.PrefixLength && (step.VerificationSid is not { } sid || sid == VerificationBlob.SidOf(stored));

    static void Open(StepEntry entry, byte[] blob, RedisPlaceKind kind, Sealer sealer)
    {
        try
        {
            entry.Current = VerificationBlob.Read(sealer, blob, kind);
        }
        catch (Exception problem)
        {
            // The keys are right, or the store would not have opened: the value itself was damaged, and must not hold up the others.
            entry.Problem = problem;
        }
    }
}
