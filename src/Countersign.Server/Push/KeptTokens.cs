using System.Collections.Concurrent;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Registry;

namespace Countersign.Server.Push;

/// <summary>The tokens that credentials are spoken for with, each until it is due. Of one credential one is asked for at a time: whoever comes meanwhile gets the same.</summary>
sealed class KeptTokens(IRegistry<PushCredential> credentials, TimeProvider time)
{
    readonly ConcurrentDictionary<Sid, Slot> _slots = new();

    /// <summary>The token of a credential, made if there is none or it is due; null where there is none to be had, which is not kept.</summary>
    public async ValueTask<string?> GetAsync(PushCredential credential, Func<PushCredential, CancellationToken, ValueTask<(string Token, TimeSpan GoodFor)?>> make, CancellationToken ct)
    {
        var slot = _slots.GetOrAdd(credential.Sid, static _ => new Slot());
        if (slot.Kept is { } kept && time.GetUtcNow() < kept.Until)
        {
            return kept.Token;
        }

        await slot.Gate.WaitAsync(ct);
        try
        {
            var now = time.GetUtcNow();
            if (slot.Kept is { } other && now < other.Until)
            {
                return other.Token;
            }

            Forget();
            slot.Kept = await make(credential, ct) is var (token, goodFor) ? new Kept(token, now + goodFor) : null;
            return slot.Kept?.Token;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>Keeps a token no longer that the platform did not take.</summary>
    public void Drop(PushCredential credential, string token)
    {
        if (_slots.TryGetValue(credential.Sid, out var slot) && slot.Kept is { } kept && kept.Token == token)
        {
            slot.Kept = null;
        }
    }

    /// <summary>Lets go of what was kept for credentials that are gone.</summary>
    void Forget()
    {
        var there = credentials.All.Select(credential => credential.Sid).ToHashSet();
        foreach (var sid in _slots.Keys.Where(sid => !there.Contains(sid)))
        {
            _slots.TryRemove(sid, out _);
        }
    }

    sealed record Kept(string Token, DateTimeOffset Until);

    sealed class Slot
    {
        volatile Kept? _kept;

        public SemaphoreSlim Gate { get; } = new(1);

        public Kept? Kept
        {
            get => _kept;
            set => _kept = value;
        }
    }
}
