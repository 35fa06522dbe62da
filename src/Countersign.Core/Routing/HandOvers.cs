namespace Countersign.Core.Routing;

/// <summary>
/// Verifications whose message a carrier has been asked to take and did not answer for yet. It may deliver before it answers: whoever is quick types the code meanwhile. As many as messages are
/// under way; not thread-safe.
/// </summary>
sealed class HandOvers
{
    readonly Dictionary<Sid, HandOver> _byVerification = [];

    public int Count => _byVerification.Count;

    public HandOver? Find(Sid verification) => _byVerification.GetValueOrDefault(verification);

    /// <summary>A message is under way. Two of one verification may be: the person asks again while a carrier thinks.</summary>
    public void Begin(Sid verification, bool isFirst)
    {
        if (!_byVerification.TryGetValue(verification, out var handOver))
        {
            _byVerification.Add(verification, handOver = new HandOver());
        }

        handOver.Messages++;
        handOver.HasFirst |= isFirst;
    }

    /// <summary>A message is under way no more, taken or not.</summary>
    public void End(Sid verification)
    {
        if (_byVerification.TryGetValue(verification, out var handOver) && --handOver.Messages == 0)
        {
            _byVerification.Remove(verification);
        }
    }
}

/// <summary>What happened to a verification while its message was handed over.</summary>
sealed class HandOver
{
    public int Messages { get; set; }

    /// <summary>Its first message is among them.</summary>
    public bool HasFirst { get; set; }

    /// <summary>Another node sent for it meanwhile.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>The code was typed back.</summary>
    public bool IsConverted { get; set; }

    /// <summary>It says nothing of how its message fared.</summary>
    public bool IsDropped { get; set; }
}
