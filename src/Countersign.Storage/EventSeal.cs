using System.Text;
using Countersign.Core.Events;
using Countersign.Core.Privacy;

namespace Countersign.Storage;

/// <summary>What an event tells, sealed: it names a person's number.</summary>
static class EventSeal
{
    public static byte[] Seal(Sealer sealer, EventEntry entry) => sealer.Seal(entry.Data, ContextOf(entry));

    /// <summary>The entry with its data opened.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The row was damaged.</exception>
    public static EventEntry Open(Sealer sealer, EventEntry entry) => entry with { Data = sealer.Open(entry.Data, ContextOf(entry)) };

    static byte[] ContextOf(EventEntry entry) => Encoding.ASCII.GetBytes($"event/{entry.Receiver}/{entry.Id}");
}
