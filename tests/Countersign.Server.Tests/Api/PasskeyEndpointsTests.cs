using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Registering passkeys and signing in with them, with an authenticator whose key the tests have.</summary>
public sealed class PasskeyEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Nobody = "00000000000000000000000000000000";

    [Fact]
    public async Task A_passkey_is_registered_and_signs_in()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();

        var made = (await CreateAsync(path, person)).AssertStatus(201);
        var registered = await VerifyAsync(path, authenticator.Register(Options(made)));
        var asked = (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201);
        var approved = await ApproveAsync(path, authenticator.SignIn(Options(asked)));

        Assert.Equal(("unverified", "passkeys", person), (made.Text("status"), made.Text("factor_type"), made.Text("identity")));
        Assert.Equal("verified", registered.AssertStatus(200).Text("status"));
        Assert.Equal(made.Text("sid"), registered.Text("sid"));
        Assert.Equal(("pending", made.Text("sid")), (asked.Text("status"), asked.Text("factor_sid")));
        Assert.Equal(("approved", asked.Text("sid"), person), (approved.AssertStatus(200).Text("status"), approved.Text("sid"), approved.Text("identity")));
    }

    [Fact]
    public async Task Answers_have_the_members_of_Twilios_examples_and_what_a_browser_needs()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();

        var made = (await CreateAsync(path, person)).AssertStatus(201);
        var registered = await VerifyAsync(path, authenticator.Register(Options(made)));
        var asked = (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201);
        var open = (await AskAsync(path, "{}")).AssertStatus(201);
        var approved = (await ApproveAsync(path, authenticator.SignIn(Options(asked)))).AssertStatus(200);

        string[] factor = ["sid", "account_sid", "service_sid", "entity_sid", "identity", "binding", "date_created", "date_updated", "friendly_name", "status", "factor_type", "config", "options", "metadata", "url"];
        Assert.Equal(factor, made.NamesAt(""));
        Assert.Equal(factor.Except(["binding", "options"]), registered.NamesAt(""));
        Assert.Equal(["rp", "user", "challenge", "pubKeyCredParams", "timeout", "excludeCredentials", "authenticatorSelection", "attestation"], made.NamesAt("options.publicKey"));
        Assert.Equal(["relying_party", "authenticator_attachment", "discoverable_credentials", "user_verification"], made.NamesAt("config"));
        Assert.Equal(JsonValueKind.Array, made.At("options.publicKey.pubKeyCredParams").ValueKind);
        Assert.Equal(made.Text("entity_sid"), Encoding.ASCII.GetString(Base64Url.DecodeFromChars(made.Text("options.publicKey.user.id"))));
        string[] challenge =
        [
            "sid", "account_sid", "service_sid", "entity_sid", "identity", "factor_sid", "factor_type", "status", "date_created", "date_updated", "date_responded", "details",
            "expiration_date", "hidden_details", "links", "metadata", "responded_reason", "url", "options",
        ];
        Assert.All([asked, open, approved], answer => Assert.Equal(challenge, answer.NamesAt("")));
        Assert.Equal(("", "", ""), (open.Text("entity_sid"), open.Text("identity"), open.Text("factor_sid")));
        Assert.Equal(0, open.At("options.publicKey.allowCredentials").GetArrayLength());
        Assert.Equal(Base64Url.EncodeToString(authenticator.CredentialId), asked.At("options.publicKey.allowCredentials")[0].GetProperty("id").GetString());
        Assert.Equal("example.com", asked.Text("options.publicKey.rpId"));
        Assert.EndsWith(path + "/Passkeys/ApproveChallenge", approved.Text("url"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_a_passkey_signs_in_without_saying_who_they_are()
    {
        var path = await PathAsync();
        var (person, other) = (NewIdentity(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        using var others = new SoftAuthenticator();
        var factor = await RegisterAsync(path, person, authenticator);
        await RegisterAsync(path, other, others);

        var approved = await ApproveAsync(path, authenticator.SignIn(Options(await AskAsync(path, ""))));

        Assert.Equal(("approved", person, factor), (approved.AssertStatus(200).Text("status"), approved.Text("identity"), approved.Text("factor_sid")));
    }

    [Fact]
    public async Task A_person_with_several_passkeys_signs_in_with_any_of_them_and_a_named_one_is_the_one_that_is_asked_for()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator();
        var one = await RegisterAsync(path, person, first);
        var two = await RegisterAsync(path, person, second);

        var asked = (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201);
        var named = (await AskAsync(path, $$"""{"identity":"{{person}}","factor_sid":"{{one}}"}""")).AssertStatus(201);

        Assert.Equal(("", 2), (asked.Text("factor_sid"), asked.At("options.publicKey.allowCredentials").GetArrayLength()));
        Assert.Equal(two, (await ApproveAsync(path, second.SignIn(Options(asked)))).AssertStatus(200).Text("factor_sid"));
        (await ApproveAsync(path, second.SignIn(Options(named)))).AssertError(403, 60324, "other_passkey");
        Assert.Equal(one, (await ApproveAsync(path, first.SignIn(Options(named)))).AssertStatus(200).Text("factor_sid"));
    }

    public static TheoryData<string, Action<SoftAuthenticator.Ceremony>, string> WrongCeremonies => new()
    {
        { "type", ceremony => ceremony.Type = ceremony.Type == "webauthn.get" ? "webauthn.create" : "webauthn.get", "ceremony_invalid" },
        { "type in capitals", ceremony => ceremony.Type = ceremony.Type.ToUpperInvariant(), "ceremony_invalid" },
        { "origin", ceremony => ceremony.Origin = "https://example.com.attacker.test", "origin_not_allowed" },
        { "origin's scheme", ceremony => ceremony.Origin = "http://example.com", "origin_not_allowed" },
        { "origin's port", ceremony => ceremony.Origin = "https://example.com:8443", "origin_not_allowed" },
        { "a subdomain that is not listed", ceremony => ceremony.Origin = "https://sub.example.com", "origin_not_allowed" },
        { "a frame in another page", ceremony => (ceremony.CrossOrigin, ceremony.TopOrigin) = (true, "https://attacker.test"), "origin_not_allowed" },
        { "a frame that does not say where", ceremony => ceremony.CrossOrigin = true, "origin_not_allowed" },
        { "relying party", ceremony => ceremony.RelyingPartyId = "attacker.test", "ceremony_invalid" },
        { "nobody present", ceremony => ceremony.Flags = (byte)(ceremony.Flags & ~0x01), "ceremony_invalid" },
        { "backed up though it cannot be", ceremony => ceremony.Flags |= 0x10, "ceremony_invalid" },
    };

    [Theory]
    [MemberData(nameof(WrongCeremonies), DisableDiscoveryEnumeration = true)]
    public async Task A_ceremony_that_is_wrong_in_one_thing_is_refused_though_it_is_signed_rightly(string what, Action<SoftAuthenticator.Ceremony> change, string reason)
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var made = Options((await CreateAsync(path, person)).AssertStatus(201));

        (await VerifyAsync(path, authenticator.Register(made, change))).AssertError(403, 60311, reason);
        (await VerifyAsync(path, authenticator.Register(made))).AssertStatus(200);
        var asked = Options((await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201));
        (await ApproveAsync(path, authenticator.SignIn(asked, change))).AssertError(403, 60324, reason);
        var open = Options((await AskAsync(path, "{}")).AssertStatus(201));
        (await ApproveAsync(path, authenticator.SignIn(open, change))).AssertError(403, 60324, reason);

        Assert.True((await ApproveAsync(path, authenticator.SignIn(asked))).Status == 200, what);
        Assert.True((await ApproveAsync(path, authenticator.SignIn(open))).Status == 200, what);
    }

    [Fact]
    public async Task A_registration_with_another_id_or_algorithm_than_it_says_is_refused()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var made = Options((await CreateAsync(path, person)).AssertStatus(201));

        (await VerifyAsync(path, authenticator.Register(made, ceremony => ceremony.AttestedId = new byte[32]))).AssertError(403, 60311, "ceremony_invalid");
        (await VerifyAsync(path, authenticator.Register(made, ceremony => ceremony.Algorithm = 0x27))).AssertError(403, 60311, "ceremony_invalid");
        (await VerifyAsync(path, authenticator.Register(made, ceremony => ceremony.Flags = 0x05))).AssertError(403, 60311, "ceremony_invalid");
    }

    [Fact]
    public async Task A_challenge_that_was_changed_in_any_byte_is_not_one_of_ours()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var made = Options((await CreateAsync(path, person)).AssertStatus(201));
        Assert.All(Mutations(made), challenge => Assert.True(VerifyAsync(path, authenticator.Register(made, ceremony => ceremony.Challenge = challenge)).Result.Status is 400 or 404));
        (await VerifyAsync(path, authenticator.Register(made))).AssertStatus(200);

        foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
        {
            var asked = Options((await AskAsync(path, body)).AssertStatus(201));
            foreach (var challenge in Mutations(asked))
            {
                var answer = await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Challenge = challenge));
                Assert.True(answer.Status is 400 or 404 || answer.At("code").GetInt32() == 60324, answer.Body);
            }

            (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
        }
    }

    [Fact]
    public async Task What_was_changed_after_it_was_signed_is_refused()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RegisterAsync(path, person, authenticator);
        var asked = Options((await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201));

        foreach (var member in new[] { "signature", "authenticatorData", "clientDataJSON" })
        {
            var bytes = Base64Url.DecodeFromChars((string)authenticator.SignIn(asked)["response"]![member]!);
            for (var at = 0; at < bytes.Length; at++)
            {
                var answer = authenticator.SignIn(asked);
                var changed = Base64Url.DecodeFromChars((string)answer["response"]![member]!);
                changed[Math.Min(at, changed.Length - 1)] ^= 0x01;
                answer["response"]![member] = Base64Url.EncodeToString(changed);
                var refused = await ApproveAsync(path, answer);
                Assert.True(refused.Status is 400 or 403 or 404, $"{member} {at}: {refused.Status} {refused.Body}");
            }
        }

        (await ApproveAsync(path, authenticator.SignIn(asked, with: stranger))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.CredentialId = new byte[32]))).AssertError(403, 60324, "other_passkey");
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.UserHandle = Encoding.ASCII.GetBytes("YE" + Nobody)))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.UserHandle = [1, 2, 3]))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
    }

    [Fact]
    public async Task Nobody_signs_in_with_the_handle_or_the_passkey_of_another()
    {
        var path = await PathAsync();
        var (person, other) = (NewIdentity(), NewIdentity());
        using var mine = new SoftAuthenticator();
        using var theirs = new SoftAuthenticator();
        await RegisterAsync(path, person, mine);
        await RegisterAsync(path, other, theirs);
        var asked = Options((await AskAsync(path, $$"""{"identity":"{{other}}"}""")).AssertStatus(201));
        var open = Options((await AskAsync(path, "{}")).AssertStatus(201));

        (await ApproveAsync(path, mine.SignIn(asked))).AssertError(403, 60324, "other_passkey");
        (await ApproveAsync(path, mine.SignIn(asked, ceremony => ceremony.CredentialId = theirs.CredentialId))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, mine.SignIn(open, ceremony => ceremony.UserHandle = theirs.UserHandle))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, mine.SignIn(open, ceremony => ceremony.UserHandle = null))).AssertError(403, 60324, "ceremony_invalid");
        (await ApproveAsync(path, mine.SignIn(open, ceremony => (ceremony.CredentialId, ceremony.UserHandle) = (theirs.CredentialId, theirs.UserHandle)))).AssertError(403, 60324, "ceremony_invalid");
    }

    [Fact]
    public async Task The_same_answer_is_good_once()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var registration = authenticator.Register(Options((await CreateAsync(path, person)).AssertStatus(201)));
        (await VerifyAsync(path, registration)).AssertStatus(200);

        (await VerifyAsync(path, registration)).AssertError(404, 20404, "not_found");
        foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
        {
            var answer = authenticator.SignIn(Options((await AskAsync(path, body)).AssertStatus(201)));
            (await ApproveAsync(path, answer)).AssertStatus(200);
            (await ApproveAsync(path, answer)).AssertError(403, 60322, "challenge_answered");
        }
    }

    [Fact]
    public async Task An_open_challenge_is_not_answered_by_a_second_person_either()
    {
        var path = await PathAsync();
        using var mine = new SoftAuthenticator();
        using var theirs = new SoftAuthenticator();
        await RegisterAsync(path, NewIdentity(), mine);
        await RegisterAsync(path, NewIdentity(), theirs);
        var open = Options((await AskAsync(path, "{}")).AssertStatus(201));
        (await ApproveAsync(path, mine.SignIn(open))).AssertStatus(200);

        (await ApproveAsync(path, theirs.SignIn(open))).AssertError(403, 60322, "challenge_answered");
    }

    [Fact]
    public async Task Of_many_answers_at_once_one_counts()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var registration = authenticator.Register(Options((await CreateAsync(path, person)).AssertStatus(201)));
        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => VerifyAsync(path, registration))), answer => answer.Status == 200);

        foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
        {
            // Each signed anew, so that the counter alone stops none of them.
            var asked = Options((await AskAsync(path, body)).AssertStatus(201));
            var answers = Enumerable.Range(0, 16).Select(_ => authenticator.SignIn(asked)).ToList();
            Assert.Single(await Task.WhenAll(answers.Select(answer => ApproveAsync(path, answer))), answer => answer.Status == 200);
        }
    }

    [Fact]
    public async Task A_counter_that_does_not_grow_is_refused_and_an_authenticator_that_does_not_count_is_not()
    {
        var path = await PathAsync();
        var (person, other) = (NewIdentity(), NewIdentity());
        using var counting = new SoftAuthenticator { Counter = 7 };
        using var not = new SoftAuthenticator { Counter = 0 };
        await RegisterAsync(path, person, counting);
        await RegisterAsync(path, other, not);
        async Task<Answer> SignInAsync(SoftAuthenticator authenticator, string who, uint counter) =>
            await ApproveAsync(path, authenticator.SignIn(Options((await AskAsync(path, $$"""{"identity":"{{who}}"}""")).AssertStatus(201)), ceremony => ceremony.Counter = counter));

        (await SignInAsync(counting, person, 7)).AssertError(403, 60324, "counter_not_grown");
        (await SignInAsync(counting, person, 0)).AssertError(403, 60324, "counter_not_grown");
        (await SignInAsync(counting, person, 9)).AssertStatus(200);
        (await SignInAsync(counting, person, 8)).AssertError(403, 60324, "counter_not_grown");
        (await SignInAsync(counting, person, 10)).AssertStatus(200);
        (await SignInAsync(not, other, 0)).AssertStatus(200);
        (await SignInAsync(not, other, 0)).AssertStatus(200);
    }

    [Fact]
    public async Task Who_must_be_verified_is_not_let_in_by_a_touch()
    {
        var (path, person) = (await PathAsync(("Passkeys.UserVerification", "required")), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var made = Options((await CreateAsync(path, person, config: "{}")).AssertStatus(201));
        (await VerifyAsync(path, authenticator.Register(made, ceremony => ceremony.Flags = 0x41))).AssertError(403, 60311, "ceremony_invalid");
        (await VerifyAsync(path, authenticator.Register(made))).AssertStatus(200);

        foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
        {
            var asked = Options((await AskAsync(path, body)).AssertStatus(201));
            (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Flags = 0x01))).AssertError(403, 60324, "user_not_verified");
            (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
        }
    }

    [Fact]
    public async Task Passkeys_of_a_relying_party_of_their_own_are_asked_for_it_however_many_there_are()
    {
        const string Own = """{"relying_party":{"id":"own.test","origins":["https://login.own.test"]}}""";
        var (path, person) = (await PathAsync(), NewIdentity());
        using var first = new SoftAuthenticator { RelyingPartyId = "own.test", Origin = "https://login.own.test" };
        using var second = new SoftAuthenticator { RelyingPartyId = "own.test", Origin = "https://login.own.test" };
        foreach (var authenticator in new[] { first, second })
        {
            await RegisterWithAsync(path, person, authenticator, Own);

            var asked = (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201);

            Assert.Equal("own.test", asked.Text("options.publicKey.rpId"));
            Assert.Contains(Base64Url.EncodeToString(authenticator.CredentialId), AllowedIn(asked));
            (await ApproveAsync(path, authenticator.SignIn(Options(asked), ceremony => ceremony.Origin = "https://own.test"))).AssertError(403, 60324, "origin_not_allowed");
            (await ApproveAsync(path, authenticator.SignIn(Options(asked), ceremony => ceremony.RelyingPartyId = "example.com"))).AssertError(403, 60324, "ceremony_invalid");
            (await ApproveAsync(path, authenticator.SignIn(Options(asked)))).AssertStatus(200);
        }
    }

    [Fact]
    public async Task Of_passkeys_of_several_relying_parties_those_of_the_newest_are_asked_for_and_of_nobody_those_of_the_service()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var services = new SoftAuthenticator();
        using var own = new SoftAuthenticator { RelyingPartyId = "own.test", Origin = "https://own.test" };
        await RegisterWithAsync(path, person, services, "{}");
        await RegisterWithAsync(path, person, own, """{"relying_party":{"id":"own.test"}}""");

        var asked = (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201);
        var open = (await AskAsync(path, "{}")).AssertStatus(201);

        Assert.Equal("own.test", asked.Text("options.publicKey.rpId"));
        Assert.Equal([Base64Url.EncodeToString(own.CredentialId)], AllowedIn(asked));
        Assert.Equal("example.com", open.Text("options.publicKey.rpId"));
        (await ApproveAsync(path, own.SignIn(Options(open)))).AssertError(403, 60324, "other_passkey");
        Assert.Equal(404, (await ApproveAsync(path, services.SignIn(Options(asked)))).Status);
        (await ApproveAsync(path, own.SignIn(Options(asked)))).AssertStatus(200);
        (await ApproveAsync(path, services.SignIn(Options(open)))).AssertStatus(200);
    }

    [Fact]
    public async Task A_passkey_with_origins_of_its_own_is_let_in_from_those_alone_whoever_is_asked()
    {
        const string Own = """{"relying_party":{"origins":["https://admin.example.com"]}}""";
        var (path, person) = (await PathAsync(), NewIdentity());
        using var first = new SoftAuthenticator { Origin = "https://admin.example.com" };
        using var second = new SoftAuthenticator { Origin = "https://admin.example.com" };
        foreach (var authenticator in new[] { first, second })
        {
            await RegisterWithAsync(path, person, authenticator, Own);
            foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
            {
                var asked = Options((await AskAsync(path, body)).AssertStatus(201));

                (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Origin = "https://example.com"))).AssertError(403, 60324, "origin_not_allowed");
                (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
            }
        }
    }

    [Fact]
    public async Task A_passkey_that_requires_verification_itself_is_not_let_in_by_a_touch_whoever_is_asked()
    {
        var (path, person) = (await PathAsync(("Passkeys.UserVerification", "discouraged")), NewIdentity());
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator();
        foreach (var authenticator in new[] { first, second })
        {
            await RegisterWithAsync(path, person, authenticator, """{"user_verification":"required"}""");
            foreach (var (body, said) in new[] { ($$"""{"identity":"{{person}}"}""", "required"), ("{}", "discouraged") })
            {
                var asked = Options((await AskAsync(path, body)).AssertStatus(201));

                Assert.Equal(said, asked.GetProperty("userVerification").GetString());
                (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Flags = 0x01))).AssertError(403, 60324, "user_not_verified");
                (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
            }
        }
    }

    [Theory]
    [InlineData("required", "discouraged")]
    [InlineData("discouraged", "required")]
    public async Task Of_passkeys_that_ask_for_different_verification_a_browser_is_asked_to_verify_where_it_can(string older, string newer)
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator();
        await RegisterWithAsync(path, person, first, $$"""{"user_verification":"{{older}}"}""");
        await RegisterWithAsync(path, person, second, $$"""{"user_verification":"{{newer}}"}""");
        var (strict, lax) = older == "required" ? (first, second) : (second, first);

        var asked = Options((await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201));

        Assert.Equal("preferred", asked.GetProperty("userVerification").GetString());
        (await ApproveAsync(path, strict.SignIn(asked, ceremony => ceremony.Flags = 0x01))).AssertError(403, 60324, "user_not_verified");
        (await ApproveAsync(path, lax.SignIn(asked, ceremony => ceremony.Flags = 0x01))).AssertStatus(200);
    }

    [Fact]
    public async Task What_a_passkey_does_not_say_itself_the_services_settings_say_as_they_are_now()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator();
        foreach (var authenticator in new[] { first, second })
        {
            (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", "https://example.com"), ("Passkeys.UserVerification", "preferred"))).AssertStatus(200);
            await RegisterWithAsync(path, person, authenticator, "{}");
            (await server.Api.PostAsync(path, ("Passkeys.RelyingParty.Origins", "https://new.example.com"), ("Passkeys.UserVerification", "required"))).AssertStatus(200);
            authenticator.Origin = "https://new.example.com";
            foreach (var body in new[] { $$"""{"identity":"{{person}}"}""", "{}" })
            {
                var asked = Options((await AskAsync(path, body)).AssertStatus(201));

                Assert.Equal("required", asked.GetProperty("userVerification").GetString());
                (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Origin = "https://example.com"))).AssertError(403, 60324, "origin_not_allowed");
                (await ApproveAsync(path, authenticator.SignIn(asked, ceremony => ceremony.Flags = 0x01))).AssertError(403, 60324, "user_not_verified");
                (await ApproveAsync(path, authenticator.SignIn(asked))).AssertStatus(200);
            }
        }
    }

    [Fact]
    public async Task An_answer_comes_within_ten_minutes_or_not_at_all()
    {
        await using var own = await RunningServer.StartAsync([]);
        var path = await PathAsync(own);
        var (person, late) = (NewIdentity(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        using var slow = new SoftAuthenticator();
        await RegisterAsync(path, person, authenticator, own);
        var made = Options((await CreateAsync(path, late, own: own)).AssertStatus(201));
        var asked = Options((await AskAsync(path, $$"""{"identity":"{{person}}"}""", own)).AssertStatus(201));
        var open = Options((await AskAsync(path, "{}", own)).AssertStatus(201));

        own.Clock.Advance(TimeSpan.FromMinutes(10));

        (await VerifyAsync(path, slow.Register(made), own)).AssertError(403, 60311, "registration_expired");
        (await ApproveAsync(path, authenticator.SignIn(asked), own)).AssertError(403, 60323, "challenge_expired");
        (await ApproveAsync(path, authenticator.SignIn(open), own)).AssertError(403, 60323, "challenge_expired");
    }

    [Fact]
    public async Task What_was_asked_in_one_service_is_nothing_in_another()
    {
        var (path, elsewhere, person) = (await PathAsync(), await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var made = Options((await CreateAsync(path, person)).AssertStatus(201));
        (await VerifyAsync(elsewhere, authenticator.Register(made))).AssertError(404, 20404, "not_found");
        (await VerifyAsync(path, authenticator.Register(made))).AssertStatus(200);
        var asked = Options((await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertStatus(201));
        var open = Options((await AskAsync(path, "{}")).AssertStatus(201));

        (await ApproveAsync(elsewhere, authenticator.SignIn(asked))).AssertError(403, 60324, "other_passkey");
        (await ApproveAsync(elsewhere, authenticator.SignIn(open))).AssertError(404, 20404, "not_found");
        (await AskAsync(elsewhere, $$"""{"identity":"{{person}}"}""")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_passkey_belongs_to_one_factor_of_a_service()
    {
        var path = await PathAsync();
        using var authenticator = new SoftAuthenticator();
        await RegisterAsync(path, NewIdentity(), authenticator);

        (await VerifyAsync(path, authenticator.Register(Options((await CreateAsync(path, NewIdentity())).AssertStatus(201))))).AssertError(409, 60317, "factor_exists");
    }

    [Fact]
    public async Task Somebody_has_twenty_passkeys_and_registrations_that_ran_out_make_room()
    {
        await using var own = await RunningServer.StartAsync([]);
        var (path, person) = (await PathAsync(own), NewIdentity());
        for (var i = 0; i < 20; i++)
            (await CreateAsync(path, person, own: own)).AssertStatus(201);

        (await CreateAsync(path, person, own: own)).AssertError(400, 60315, "max_factors");
        own.Clock.Advance(TimeSpan.FromMinutes(10));
        (await CreateAsync(path, person, own: own)).AssertStatus(201);
    }

    [Fact]
    public async Task Challenges_of_a_passkey_beyond_fifty_in_an_hour_are_kept_nowhere_and_a_named_one_is_asked_for_no_more()
    {
        await using var own = await RunningServer.StartAsync([]);
        var (path, person) = (await PathAsync(own), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var factor = await RegisterAsync(path, person, authenticator, own);
        var (asks, named) = ($$"""{"identity":"{{person}}"}""", $$"""{"identity":"{{person}}","factor_sid":"{{factor}}"}""");
        var challenges = $"{path}/Entities/{person}/Challenges";

        var asked = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => AskAsync(path, asks, own)));

        Assert.All(asked, answer => answer.AssertStatus(201));
        Assert.Equal(50, (await own.Api.GetAsync(challenges + "?PageSize=100")).AssertStatus(200).At("challenges").GetArrayLength());
        var refused = await AskAsync(path, named, own);
        refused.AssertError(429, 60312, "max_challenges");
        Assert.Equal(3600, refused.Number("details.retry_after"));
        var beyond = (await AskAsync(path, asks, own)).AssertStatus(201);
        (await own.Api.GetAsync($"{challenges}/{beyond.Text("sid")}")).AssertStatus(404);
        Assert.Equal(person, (await ApproveAsync(path, authenticator.SignIn(Options(beyond)), own)).AssertStatus(200).Text("identity"));

        own.Clock.Advance(TimeSpan.FromHours(1));
        (await AskAsync(path, named, own)).AssertStatus(201);
    }

    [Fact]
    public async Task The_passkeys_that_a_person_has_are_not_made_again()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        await RegisterAsync(path, person, authenticator);

        var made = (await CreateAsync(path, person)).AssertStatus(201);

        Assert.Equal(Base64Url.EncodeToString(authenticator.CredentialId), made.At("options.publicKey.excludeCredentials")[0].GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"relying_party":{"id":"https://example.com"}}""", "config.relying_party.id", "not_a_host")]
    [InlineData("""{"relying_party":{"id":"Example.com"}}""", "config.relying_party.id", "not_a_host")]
    [InlineData("""{"relying_party":{"id":"192.0.2.7"}}""", "config.relying_party.id", "not_a_host")]
    [InlineData("""{"relying_party":{"id":"example.com","origins":["https://attacker.test"]}}""", "config.relying_party.origins", "not_an_origin")]
    [InlineData("""{"relying_party":{"id":"example.com","origins":["https://notexample.com"]}}""", "config.relying_party.origins", "not_an_origin")]
    [InlineData("""{"relying_party":{"id":"example.com","origins":["http://example.com"]}}""", "config.relying_party.origins", "not_an_origin")]
    [InlineData("""{"relying_party":{"id":"example.com","origins":["https://example.com/login"]}}""", "config.relying_party.origins", "not_an_origin")]
    [InlineData("""{"relying_party":{"id":"example.com","origins":"https://example.com"}}""", "config.relying_party.origins", "not_a_list")]
    [InlineData("""{"user_verification":"always"}""", "config.user_verification", "not_a_choice")]
    [InlineData("""{"authenticator_attachment":"roaming"}""", "config.authenticator_attachment", "not_a_choice")]
    [InlineData("\"required\"", "config", "not_an_object")]
    [InlineData("""[{"user_verification":"required"}]""", "config", "not_an_object")]
    [InlineData("""{"relying_party":"example.org"}""", "config.relying_party", "not_an_object")]
    [InlineData("""{"discoverable_credentials":7}""", "config.discoverable_credentials", "not_text")]
    public async Task A_relying_party_that_no_browser_would_take_is_refused(string config, string parameter, string reason)
    {
        var answer = await CreateAsync(await PathAsync(), NewIdentity(), config: config);

        answer.AssertError(400, 60306, reason);
        Assert.Equal(parameter, answer.Text("details.parameter"));
    }

    [Fact]
    public async Task Without_a_relying_party_nothing_is_asked()
    {
        var path = await server.NewServiceAsync();

        (await CreateAsync(path, NewIdentity(), config: "{}")).AssertError(400, 60306, "missing");
        (await CreateAsync(path, NewIdentity(), config: "[]")).AssertError(400, 60306, "missing");
        (await AskAsync(path, "{}")).AssertError(400, 60306, "missing");
        (await CreateAsync(path, NewIdentity(), config: """{"relying_party":{"id":"localhost","origins":["http://localhost:5000","android:apk-key-hash:abc"]}}""")).AssertStatus(201);
    }

    [Theory]
    [InlineData("""{"identity":"somebody-1"}""", "friendly_name", "missing")]
    [InlineData("""{"friendly_name":"Phone"}""", "identity", "missing")]
    [InlineData("""{"friendly_name":"Phone","identity":"short"}""", "identity", "invalid_identity")]
    [InlineData("""{"friendly_name":"Phone","identity":"some body@example"}""", "identity", "invalid_identity")]
    public async Task What_a_factor_needs_is_asked_for(string body, string parameter, string reason)
    {
        var answer = await server.Api.PostJsonAsync(await PathAsync() + "/Passkeys/Factors", body);

        answer.AssertError(400, 60306, reason);
        Assert.Equal(parameter, answer.Text("details.parameter"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"id":"AQ","id":"AQ"}""")]
    [InlineData("""{"id":"AQ","type":"public-key","response":7}""")]
    [InlineData("""{"id":"AQ","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"AQ","authenticatorData":"AQ","signature":"AQ"}}""")]
    [InlineData("""{"id":"AQ","rawId":"AR","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"AQ","authenticatorData":"AQ","signature":"AQ"}}""")]
    [InlineData("""{"id":"\ud800","type":"public-key","response":{"clientDataJSON":"====","attestationObject":"AQ","authenticatorData":"AQ","signature":"AQ"}}""")]
    public async Task What_no_browser_says_is_a_400(string body)
    {
        var path = await PathAsync();

        Assert.Equal(400, (await server.Api.PostJsonAsync(path + "/Passkeys/VerifyFactor", body)).Status);
        Assert.Equal(400, (await server.Api.PostJsonAsync(path + "/Passkeys/ApproveChallenge", body)).Status);
        (await server.Api.PostAsync(path + "/Passkeys/ApproveChallenge", ("id", "AQ"))).AssertError(415, 20415, "not_json");
    }

    [Fact]
    public async Task An_id_in_hexadecimal_digits_beside_the_other_is_taken_as_in_Twilios_example()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        using var authenticator = new SoftAuthenticator();
        var answer = authenticator.Register(Options((await CreateAsync(path, person)).AssertStatus(201)));
        answer["rawId"] = Convert.ToHexStringLower(authenticator.CredentialId);

        (await VerifyAsync(path, answer)).AssertStatus(200);
    }

    [Fact]
    public async Task A_challenge_for_what_there_is_not_is_a_404_and_for_what_is_not_verified_a_403()
    {
        var (path, person) = (await PathAsync(), NewIdentity());
        var factor = (await CreateAsync(path, person)).AssertStatus(201).Text("sid");

        (await AskAsync(path, $$"""{"identity":"{{NewIdentity()}}"}""")).AssertError(404, 20404, "not_found");
        (await AskAsync(path, $$"""{"identity":"{{person}}"}""")).AssertError(404, 20404, "not_found");
        (await AskAsync(path, $$"""{"identity":"{{person}}","factor_sid":"{{factor}}"}""")).AssertError(403, 60318, "factor_unverified");
        (await AskAsync(path, $$"""{"identity":"{{person}}","factor_sid":"YF{{Nobody}}"}""")).AssertError(404, 20404, "not_found");
        (await AskAsync(path, $$"""{"factor_sid":"{{factor}}"}""")).AssertError(400, 60306, "missing");
        (await AskAsync(path, $$"""{"identity":"{{person}}","factor_sid":"YF7"}""")).AssertError(400, 60306, "not_a_sid");
    }

    static IEnumerable<string?> AllowedIn(Answer answer) => answer.At("options.publicKey.allowCredentials").EnumerateArray().Select(allowed => allowed.GetProperty("id").GetString());

    static JsonElement Options(Answer answer) => answer.At("options.publicKey").Clone();

    /// <summary>The challenge with each byte changed, one after the other, and cut.</summary>
    static IEnumerable<string> Mutations(JsonElement options)
    {
        var challenge = Base64Url.DecodeFromChars(options.GetProperty("challenge").GetString());
        for (var at = 0; at < challenge.Length; at++)
        {
            var changed = challenge.ToArray();
            changed[at] ^= 0x01;
            yield return Base64Url.EncodeToString(changed);
        }

        yield return Base64Url.EncodeToString(challenge.AsSpan(0, challenge.Length - 1));
        yield return "";
    }

    static string NewIdentity() => "person-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    Task<string> PathAsync(params (string Name, string Value)[] settings) => PathAsync(server, settings);

    static Task<string> PathAsync(RunningServer server, params (string Name, string Value)[] settings) => server.NewServiceAsync(
        [("Passkeys.RelyingParty.Id", "example.com"), ("Passkeys.RelyingParty.Name", "Example"), ("Passkeys.RelyingParty.Origins", "https://example.com,https://www.example.com"), .. settings]);

    Task<Answer> CreateAsync(string path, string identity, string config = """{"relying_party":{"id":"example.com","name":"Example","origins":["https://example.com"]}}""", RunningServer? own = null) =>
        (own ?? server).Api.PostJsonAsync(path + "/Passkeys/Factors", $$"""{"friendly_name":"Phone","identity":"{{identity}}","config":{{config}}}""");

    async Task<string> RegisterWithAsync(string path, string identity, SoftAuthenticator authenticator, string config) =>
        (await VerifyAsync(path, authenticator.Register(Options((await CreateAsync(path, identity, config)).AssertStatus(201))))).AssertStatus(200).Text("sid")!;

    Task<Answer> VerifyAsync(string path, JsonObject answer, RunningServer? own = null) => (own ?? server).Api.PostJsonAsync(path + "/Passkeys/VerifyFactor", answer.ToJsonString());

    Task<Answer> AskAsync(string path, string body, RunningServer? own = null) => (own ?? server).Api.PostJsonAsync(path + "/Passkeys/Challenges", body);

    Task<Answer> ApproveAsync(string path, JsonObject answer, RunningServer? own = null) => (own ?? server).Api.PostJsonAsync(path + "/Passkeys/ApproveChallenge", answer.ToJsonString());

    async Task<string> RegisterAsync(string path, string identity, SoftAuthenticator authenticator, RunningServer? own = null) =>
        (await VerifyAsync(path, authenticator.Register(Options((await CreateAsync(path, identity, own: own)).AssertStatus(201))), own)).AssertStatus(200).Text("sid")!;
}
