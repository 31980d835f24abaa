-- name: post_of
SELECT id, status FROM posts WHERE incident = %(incident)s

-- name: keep_post
INSERT INTO posts (incident, id, status) VALUES (%(incident)s, %(id)s, %(status)s)
ON CONFLICT (incident) DO UPDATE SET id = excluded.id, status = excluded.status

-- name: outlived_posts
SELECT p.incident
  FROM posts p JOIN incidents i ON i.id = p.incident
 WHERE p.status <> 'resolved' AND i.state = 'resolved'
 ORDER BY p.incident
