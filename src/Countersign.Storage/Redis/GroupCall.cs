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

    public void Add(StepEntry entry, StepCommand command)
    {
        _parts.Add((entry, command));
        _arguments += command.Arguments;
        Writes |= entry.Phase == StepPhase.Write;
        entry.Problem = null;
    }

    public void WriteTo(RespWriter writer, byte[] tag, OutboxHead head, byte[] keep)
    {
        writer.Command(7 + _arguments);
        writer.Bulk("FCALL"u8);
        writer.Bulk(RedisLibrary.Step);
        writer.Bulk("1"u8);
        writer.Bulk(tag);
        writer.Bulk(head.Node);
        writer.Bulk(head.Bytes);
        writer.Bulk(keep);
        foreach (var (_, command) in _parts)
        {
            command.WriteTo(writer);
        }
    }

    /// <summary>Takes the answer. When it is not <paramref name="safe"/>, writes count as neither kept nor not.</summary>
    public void Take(object?[] answers, bool safe, Sealer sealer)
    {
        var id = answers[^1] is byte[] { Length: > 0 } text ? Encoding.ASCII.GetString(text) : null;
        var outboxEntry = id is null ? null : new OutboxEntry(group, id);
        for (var i = 0; i < _parts.Count; i++)
        {
            var entry = _parts[i].Entry;
            if (entry.Phase == StepPhase.Read)
            {
                Open(entry, answers[i], sealer);
            }
            else if (answers[i] is 1L)
            {
                entry.Kept = safe;
                entry.Problem = safe ? null : new StoreUnavailableException("Too few replicas of Redis have the write.");
                entry.Prepared = outboxEntry;
            }
        }
    }

    public void Fail(StoreUnavailableException problem) => _parts.ForEach(part => part.Entry.Problem = problem);

    static void Open(StepEntry entry, object? answer, Sealer sealer)
    {
        try
        {
            entry.Current = answer switch
            {
                byte[] newest => VerificationBlob.Read(sealer, newest, RedisPlaceKind.ByKey),
                object?[] and [byte[] replaced] => VerificationBlob.Read(sealer, replaced, RedisPlaceKind.BySid),
                _ => null,
            };
        }
        catch (Exception problem)
        {
            // The keys are right, or the store would not have opened: the value itself was damaged, and must not hold up the others.
            entry.Problem = new StoreUnavailableException("A verification cannot be opened.", problem);
        }
    }
}
